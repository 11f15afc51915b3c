"""Computes the statutory clock of the 行政许可法: start, stops, extension, silence, promise and delivery.

The day of an event is not counted; day 1 is the next working day (Art. 82). A due date is the last day on which the act
is in time, until its end. A stop covers its first and its last day.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from pingshan_workflow.domain.calendar import WorkingCalendar
from pingshan_workflow.domain.errors import ExtensionRefused, StopRefused


class Ground(StrEnum):
    """Names why a clock may stop: the first five by Art. 45; the other two stop a promise, never the law's limit."""

    HEARING = "hearing"
    TENDER = "tender"
    AUCTION = "auction"
    INSPECTION_BY_LAW = "inspection_by_law"
    EXPERT_REVIEW = "expert_review"
    PUBLIC_NOTICE = "public_notice"
    SITE_VISIT = "site_visit"

    @property
    def is_statutory(self) -> bool:
        return self not in {Ground.PUBLIC_NOTICE, Ground.SITE_VISIT}


class Head(StrEnum):
    """Names who may extend: the authority's own head, or for joint handling the government's (Art. 42)."""

    AUTHORITY = "head of the authority"
    GOVERNMENT = "head of the district government"


@dataclass(frozen=True, slots=True)
class Stop:
    ground: Ground
    first: date
    last: date
    in_writing: bool


@dataclass(frozen=True, slots=True)
class Extension:
    on: date
    days: int
    by: Head
    reason_told: bool


@dataclass(frozen=True, slots=True)
class Limits:
    """Holds limits in working days; None where there is none. `joint`: handled jointly by Art. 26."""

    decision: int
    notice: int = 5
    promise: int | None = None
    delivery: int = 10
    joint: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """Holds what happened to an application so far, in days of Asia/Shanghai."""

    received: date
    accepted: date | None = None
    correction_notice: date | None = None
    stops: Sequence[Stop] = ()
    promise_stops: Sequence[Stop] = ()
    extension: Extension | None = None
    decided: date | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """Holds every day that follows from the history, None where there is none yet."""

    notice_due: date
    deemed_on: date | None
    accepted_on: date | None
    first_day: date | None
    decision_due_without_stop: date | None
    decision_due_before_extension: date | None
    decision_due: date | None
    promise_due: date | None
    delivery_due: date | None


def read_clock(calendar: WorkingCalendar, limits: Limits, history: History, today: date) -> Reading:
    """Returns the days that follow from the history as of `today`.

    Raises StopRefused or ExtensionRefused where the history holds what the law does not allow.
    """
    notice_due = calendar.nth_after(history.received, limits.notice)
    deemed_on = _deemed_on(history, notice_due, today)
    accepted_on = history.received if deemed_on else history.accepted
    if accepted_on is None:
        return Reading(notice_due, None, None, None, None, None, None, None, None)
    stopped = _stopped_days(history.stops, statutory=True)
    before_extension = calendar.nth_after(accepted_on, limits.decision, stopped)
    return Reading(
        notice_due=notice_due,
        deemed_on=deemed_on,
        accepted_on=accepted_on,
        first_day=calendar.first_after(accepted_on),
        decision_due_without_stop=calendar.nth_after(accepted_on, limits.decision),
        decision_due_before_extension=before_extension,
        decision_due=_extended(calendar, limits, history.extension, before_extension),
        promise_due=_promise_due(calendar, limits, history, accepted_on, stopped),
        delivery_due=calendar.nth_after(history.decided, limits.delivery) if history.decided else None,
    )


def _deemed_on(history: History, notice_due: date, today: date) -> date | None:
    """Returns the day after the notice was due, from which silence counts as acceptance (Art. 32), or None."""
    if history.accepted or history.correction_notice or today <= notice_due:
        return None
    return notice_due + timedelta(days=1)


def _stopped_days(stops: Sequence[Stop], *, statutory: bool) -> frozenset[date]:
    for stop in stops:
        if not stop.in_writing or (statutory and not stop.ground.is_statutory):
            raise StopRefused(ground=stop.ground)
    return frozenset(day for stop in stops for day in _days(stop))


def _days(stop: Stop) -> Iterator[date]:
    return (stop.first + timedelta(days=number) for number in range((stop.last - stop.first).days + 1))


def _extended(calendar: WorkingCalendar, limits: Limits, extension: Extension | None, due: date) -> date:
    if extension is None:
        return due
    if extension.on > due:
        raise ExtensionRefused(why="late")
    if not extension.reason_told:
        raise ExtensionRefused(why="reason")
    if extension.by is not (Head.GOVERNMENT if limits.joint else Head.AUTHORITY):
        raise ExtensionRefused(why="head")
    return calendar.nth_after(due, extension.days)


def _promise_due(
    calendar: WorkingCalendar, limits: Limits, history: History, accepted_on: date, stopped: frozenset[date]
) -> date | None:
    if limits.promise is None:
        return None
    without = stopped | _stopped_days(history.promise_stops, statutory=False)
    return calendar.nth_after(accepted_on, limits.promise, without)
