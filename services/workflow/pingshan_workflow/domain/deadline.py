"""When a step or a promise is due, by the limits of its definition."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pingshan_workflow.domain.calendar import WorkingCalendar
from pingshan_workflow.domain.definition import Limit, LimitStart

SHANGHAI = ZoneInfo("Asia/Shanghai")


def day_in_shanghai(moment: datetime) -> date:
    return moment.astimezone(SHANGHAI).date()


def due_on(calendar: WorkingCalendar, limit: Limit, received_on: date, accepted_on: date | None) -> date | None:
    """The last day in time; None while an acceptance that starts the limit has not come."""
    start = received_on if limit.start is LimitStart.RECEIPT else accepted_on
    return None if start is None else calendar.nth_after(start, limit.days)


def silence_at(due: date) -> datetime:
    """The moment (UTC) after which silence accepts: the end of the due day in Shanghai."""
    return datetime.combine(due + timedelta(days=1), time(), SHANGHAI).astimezone(UTC)
