from datetime import UTC, datetime, timedelta

import pytest
from pingshan_identity.domain.errors import SmsCodeNotSent
from pingshan_identity.domain.sign_in.sms_code import check_limits, normalise

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
