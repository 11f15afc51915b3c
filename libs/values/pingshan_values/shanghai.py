"""The time by which the district lives: storage is UTC, days and pages are Asia/Shanghai's."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def day_of(moment: datetime) -> date:
    """Returns the day in Shanghai on which a moment falls; the moment must have a zone."""
    return moment.astimezone(SHANGHAI).date()


def begin_of(day: date) -> datetime:
    """Returns the moment (UTC) at which a day begins in Shanghai."""
    return datetime.combine(day, time.min, SHANGHAI).astimezone(UTC)
