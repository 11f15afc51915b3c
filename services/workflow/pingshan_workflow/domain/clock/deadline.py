"""Computes when a step or a promise is due, by the limits of its definition."""

from datetime import date, datetime, timedelta

from pingshan_values.shanghai import begin_of

from pingshan_workflow.domain.clock.calendar import WorkingCalendar
from pingshan_workflow.domain.definitions.definition import Limit, LimitStart


def due_on(calendar: WorkingCalendar, limit: Limit, received_on: date, accepted_on: date | None) -> date | None:
    """Returns the last day in time, None where the limit starts at an acceptance that has not come."""
    start = received_on if limit.start is LimitStart.RECEIPT else accepted_on
    return None if start is None else calendar.nth_after(start, limit.days)


def silence_at(due: date) -> datetime:
    """Returns the moment (UTC) after which silence accepts: the end of the due day in Shanghai."""
    return begin_of(due + timedelta(days=1))
