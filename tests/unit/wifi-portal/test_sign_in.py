"""When a code is sent, and when the right one is refused."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from pingshan_wifi_portal.domain.errors import (
    CodeExpired,
    CodeWrong,
    ConsentRequired,
    MobileNumberInvalid,
    TooManyCodes,
    TooManyTries,
)
from pingshan_wifi_portal.domain.sign_in import (
    LIFE,
    PLACE_WINDOW,
    TRIES,
    SignIn,
    accepted_mobile,
    check_code,
    check_consent,
    check_place,
    new_code,
    typed_code,
)

SENT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def sign_in(tries: int = 0) -> SignIn:
    return SignIn(
        sign_in_id=UUID("01900000-0000-7000-8000-000000000001"),
        controller_id="PS-NAS-01",
        device_mac="02:00:00:00:00:01",
        masked_mobile="138****0000",
        sent_at=SENT,
        expires_at=SENT + LIFE,
        tries=tries,
        notification_id="",
        failure="",
    )


def test_the_portal_takes_mobile_numbers_of_the_mainland() -> None:
    for typed in ("13800000001", "+86 138 0000 0001", "86-138-0000-0001"):
        assert accepted_mobile(typed) == "+8613800000001"
    for typed in ("", "12800000001", "+85251234567", "075512345678", "１３８００００００００１"):
        with pytest.raises(MobileNumberInvalid):
            accepted_mobile(typed)


def test_a_code_has_six_digits() -> None:
    assert {len(new_code()) for _ in range(100)} == {6}
    assert typed_code(" 012 345") == "012345"
    assert [typed_code(typed) for typed in ("", "12345", "1234567", "12345a", "１２３４５６")] == [None] * 5


def test_no_code_without_consent() -> None:
    check_consent(consents=True)
    with pytest.raises(ConsentRequired):
        check_consent(consents=False)


def test_a_code_ends_at_its_second() -> None:
    assert not sign_in().is_expired(SENT + LIFE - timedelta(seconds=1))
    assert sign_in().is_expired(SENT + LIFE)
    with pytest.raises(CodeExpired):
        check_code(sign_in(), matches=True, now=SENT + LIFE)


def test_the_right_code_is_refused_after_too_many_tries() -> None:
    check_code(sign_in(TRIES - 1), matches=True, now=SENT)
    with pytest.raises(TooManyTries):
        check_code(sign_in(TRIES), matches=True, now=SENT)


def test_a_wrong_code_says_how_many_tries_are_left() -> None:
    with pytest.raises(CodeWrong) as refused:
        check_code(sign_in(1), matches=False, now=SENT)
    assert refused.value.params == {"tries_left": TRIES - 2}


def test_a_place_has_its_limit() -> None:
    check_place(59, 60)
    with pytest.raises(TooManyCodes) as refused:
        check_place(60, 60)
    assert refused.value.params == {"seconds": PLACE_WINDOW.total_seconds()}
