"""The time by which the district lives: storage is UTC, days and pages are Asia/Shanghai's.

The calendar has a first and a last day (0001-01-01, 9999-12-31), and callers write both: what would lie beyond an end
is that end.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def day_of(moment: datetime) -> date:
    """Returns the day in Shanghai on which a moment falls; the moment must have a zone."""
    return moment.astimezone(SHANGHAI).date()


def begin_of(day: date) -> datetime:
    """Returns the moment (UTC) at which a day begins in Shanghai."""
    try:
        return datetime.combine(day, time.min, SHANGHAI).astimezone(UTC)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def day_after(day: date) -> date:
    """Returns the day after `day`; the last day has none after it and is returned itself."""
    return day if day == date.max else day + timedelta(days=1)


def moment_of(text: str) -> datetime | None:
    """Returns the moment (UTC) of an ISO 8601 text with an offset; None for any other, or one that UTC has not."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
