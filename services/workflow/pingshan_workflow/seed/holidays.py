"""Holidays and shifted working days: the years whose notice has been published, and the days that each names."""

from collections.abc import Mapping
from datetime import date, timedelta

import chinese_calendar

YEARS = (2024, 2025, 2026)
"""Years whose notice has been published; the library refuses later ones."""
SOURCE = "国务院办公厅关于部分节假日安排的通知 (chinesecalendar 1.11.0)"
_SATURDAY = 5


def exceptions(year: int) -> Mapping[date, tuple[bool, str]]:
    """Returns the days that are not what their weekday says: whether each is worked, and the holiday's name."""
    first = date(year, 1, 1)
    days = (first + timedelta(days=number) for number in range((date(year + 1, 1, 1) - first).days))
    found: dict[date, tuple[bool, str]] = {}
    for day in days:
        working = chinese_calendar.is_workday(day)
        if working != (day.weekday() < _SATURDAY):
            found[day] = (working, _reason(day))
    return found


def _reason(day: date) -> str:
    _, name = chinese_calendar.get_holiday_detail(day)
    return str(name or "")
