"""The seeded calendar against a second library, and against the notice's own days."""

from datetime import date, timedelta

import holidays
from pingshan_workflow.domain.clock.calendar import WorkingCalendar
from pingshan_workflow.seed.holidays import YEARS, exceptions

CALENDAR = WorkingCalendar(
    {day: working for year in YEARS for day, (working, _) in exceptions(year).items()}, frozenset(YEARS)
)


def test_two_libraries_agree_on_every_day() -> None:
    china = holidays.country_holidays("CN", years=YEARS)
    day = date(YEARS[0], 1, 1)
    while day.year in YEARS:
        assert CALENDAR.is_working(day) == china.is_working_day(day), day
        day += timedelta(days=1)


def test_a_year_without_a_notice_is_provisional() -> None:
    assert CALENDAR.is_provisional(date(2027, 1, 4))
    assert not CALENDAR.is_provisional(date(2026, 12, 31))
