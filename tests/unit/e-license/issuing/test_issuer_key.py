from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pingshan_e_license.domain.errors import IssuerKeyRevoked, RequestInvalid
from pingshan_e_license.domain.issuing.issuer_key import (
    ES256,
    MADE_AHEAD,
    IssuerKey,
    RevocationReason,
    next_start,
    signing_key_of,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)
DAY = timedelta(days=1)
KEY = IssuerKey("k1", "amr", ES256, {}, NOW - DAY, NOW + 364 * DAY)


def test_what_was_signed_before_the_revocation_counts() -> None:
    revoked = KEY.revoked(NOW, RevocationReason.COMPROMISED, NOW)
    assert revoked.signs_at(NOW - timedelta(microseconds=1))
    assert not revoked.signs_at(NOW)
    assert not revoked.signs_at(NOW + DAY)


def test_outside_its_period_a_key_signs_nothing() -> None:
    assert not KEY.signs_at(KEY.not_before - DAY)
    assert KEY.signs_at(KEY.not_before)
    assert not KEY.signs_at(KEY.not_after)
    assert not KEY.ended(NOW).signs_at(NOW)
    assert KEY.ended(NOW).signs_at(NOW - DAY)
    ended = replace(KEY, not_after=NOW - DAY / 2)
    assert ended.ended(NOW) == ended


def test_a_revocation_counts_once_and_is_of_the_past() -> None:
    with pytest.raises(RequestInvalid):
        KEY.revoked(NOW + DAY, RevocationReason.SUPERSEDED, NOW)
    with pytest.raises(IssuerKeyRevoked):
        KEY.revoked(NOW, RevocationReason.SUPERSEDED, NOW).revoked(NOW, RevocationReason.SUPERSEDED, NOW)


def test_the_newest_own_key_signs() -> None:
    newer = replace(KEY, kid="k2", not_before=NOW)
    to_come = replace(KEY, kid="k3", not_before=NOW + DAY)
    of_all = replace(KEY, kid="k4", agency=None, not_before=NOW)
    assert signing_key_of([KEY, newer, to_come, of_all], "amr", NOW) == newer
    assert signing_key_of([KEY], "health", NOW) is None
    assert signing_key_of([KEY.revoked(NOW, RevocationReason.COMPROMISED, NOW)], "amr", NOW) is None
    assert of_all.is_of("health")
    assert not KEY.is_of("health")


def test_the_next_key_is_made_before_the_last_one_ends() -> None:
    assert next_start([], "amr", NOW) == NOW
    assert next_start([KEY], "amr", NOW) is None
    assert next_start([KEY], "health", NOW) == NOW
    assert next_start([KEY], "amr", KEY.not_after - MADE_AHEAD) == KEY.not_after
    assert next_start([KEY], "amr", KEY.not_after + DAY) == KEY.not_after + DAY
    assert next_start([KEY.revoked(NOW, RevocationReason.COMPROMISED, NOW)], "amr", NOW) == NOW
