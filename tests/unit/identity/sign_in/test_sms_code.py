from datetime import UTC, datetime, timedelta

import pytest
from pingshan_identity.domain.errors import SmsCodeNotSent
from pingshan_identity.domain.sign_in.sms_code import check_limits, new_code, normalise

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)


def ago(*minutes: float) -> list[datetime]:
    return [NOW - timedelta(minutes=each) for each in minutes]


@pytest.mark.parametrize("sent", [(), (1.01,), (2, 3, 4, 5), (70, 80, 90, 100, 110, 120)])
def test_within_the_limits(sent: tuple[float, ...]) -> None:
    check_limits(ago(*sent), NOW)


@pytest.mark.parametrize(
    ("sent", "wait"),
    [((0.5,), 30), ((2, 3, 4, 5, 6), 54 * 60), ((61, 62, 63, 64, 65, 66, 67, 68, 69, 70), (24 * 60 - 70) * 60)],
)
def test_beyond_the_limits(sent: tuple[float, ...], wait: int) -> None:
    with pytest.raises(SmsCodeNotSent) as refused:
        check_limits(ago(*sent), NOW)
    assert refused.value.params["retry_after"] == wait + 1


def test_six_digits_and_nothing_else() -> None:
    assert normalise(" 012 345") == "012345"
    assert [normalise(typed) for typed in ("", "12345", "1234567", "12345a")] == [None] * 4


def test_a_new_code_is_one_that_can_be_typed() -> None:
    for _ in range(100):
        code = new_code()
        assert normalise(code) == code


def test_who_asks_elsewhere_uses_up_nothing_of_the_owners_in_their_own_browser() -> None:
    most = ago(*range(2, 2 + 5))
    check_limits(most, NOW, own_browser=True)
    for sent in (ago(*range(2, 2 + 10)), ago(0.5)):
        with pytest.raises(SmsCodeNotSent):
            check_limits(sent, NOW, own_browser=True)
