"""Days are Shanghai's, moments are UTC."""

from datetime import UTC, date, datetime

import pytest
from pingshan_values.shanghai import begin_of, day_after, day_of, moment_of


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 11, 28, 15, 59, 59, tzinfo=UTC), date(2026, 11, 28)),
        (datetime(2026, 11, 28, 16, 0, tzinfo=UTC), date(2026, 11, 29)),
    ],
)
def test_the_day_of_a_moment(moment: datetime, day: date) -> None:
    assert day_of(moment) == day


def test_a_day_begins_at_sixteen_hours_utc() -> None:
    assert begin_of(date(2026, 11, 29)) == datetime(2026, 11, 28, 16, 0, tzinfo=UTC)
    assert day_of(begin_of(date(2026, 11, 29))) == date(2026, 11, 29)


def test_the_ends_of_the_calendar() -> None:
    """Callers write both: what would lie beyond an end is that end, and a moment that UTC has not is none."""
    assert begin_of(date.min) == datetime.min.replace(tzinfo=UTC)
    assert begin_of(day_after(date.max)) == datetime(9999, 12, 30, 16, tzinfo=UTC)
    assert day_after(date(2026, 2, 28)) == date(2026, 3, 1)
    assert moment_of("2026-11-26T08:00:00+08:00") == datetime(2026, 11, 26, tzinfo=UTC)
    for text in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-26T08:00:00", "²", ""):
        assert moment_of(text) is None, text
