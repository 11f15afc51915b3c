from datetime import UTC, datetime, timedelta

import pytest
from pingshan_identity.domain.keys.signing_key import (
    ALGORITHMS,
    PUBLISHED_AFTER,
    PUBLISHED_AHEAD,
    SIGNS_FOR,
    Period,
    due,
    signs_now,
)
from pingshan_identity.domain.oauth.claims import ACCESS_TOKEN_LIFE, ID_TOKEN_LIFE

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def key(alg: str = "ES256", *, begun: timedelta = timedelta(0), signs_for: timedelta = SIGNS_FOR) -> Period:
    assert alg in ALGORITHMS
    start = NOW - begun
    return Period(alg, start, start + signs_for, start + signs_for + PUBLISHED_AFTER)


def test_the_first_keys_sign_at_once() -> None:
    made = due([], NOW)
    assert [each.alg for each in made] == ["ES256", "RS256", "EdDSA"]
    assert {each.signs_from for each in made} == {NOW}


def test_nothing_is_due_while_all_sign() -> None:
    assert due([key(alg) for alg in ALGORITHMS], NOW) == []


def test_a_successor_is_published_before_it_signs_and_begins_where_the_other_ends() -> None:
    known = [key("ES256", begun=SIGNS_FOR - PUBLISHED_AHEAD), key("RS256"), key("EdDSA")]
    assert due(known, NOW - timedelta(seconds=1)) == []
    (successor,) = due(known, NOW)
    assert (successor.alg, successor.signs_from) == ("ES256", known[0].signs_until)
    assert due([*known, successor], NOW) == []


def test_after_a_standstill_a_key_is_made_at_once() -> None:
    known = [key("ES256", begun=SIGNS_FOR * 2), key("RS256"), key("EdDSA")]
    assert [each.signs_from for each in due(known, NOW)] == [NOW]


def test_a_key_is_published_until_its_last_token_is_dead() -> None:
    (made, *_) = due([], NOW)
    assert made.published_until - made.signs_until > max(ACCESS_TOKEN_LIFE, ID_TOKEN_LIFE)


@pytest.mark.parametrize(
    ("begun", "expected"),
    [
        ([timedelta(days=31), timedelta(days=1), timedelta(days=-1)], 1),
        ([timedelta(days=40)], 0),
        ([timedelta(seconds=-1)], 0),
    ],
)
def test_which_key_signs(begun: list[timedelta], expected: int) -> None:
    known = [key(begun=each) for each in begun]
    assert signs_now([*known, key("RS256")], "ES256", NOW) is known[expected]


def test_no_key_of_the_algorithm() -> None:
    assert signs_now([key("RS256")], "ES256", NOW) is None
