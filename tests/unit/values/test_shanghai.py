"""Days are Shanghai's, moments are UTC."""

from datetime import UTC, date, datetime

import pytest
from pingshan_values.shanghai import begin_of, day_of


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
