"""Joins rows and definitions to what is shown, with today's light of each clock."""

from collections.abc import Iterable

from pingshan_kit import clock

from pingshan_workflow.domain.calendar import WorkingCalendar
from pingshan_workflow.domain.case import CaseState, TaskState
from pingshan_workflow.domain.definition import Definition
from pingshan_workflow.domain.light import Remaining, remaining
from pingshan_workflow.domain.view import CaseLine, CaseRow, TaskRow, TaskView


def task_view(row: TaskRow, definition: Definition, calendar: WorkingCalendar) -> TaskView:
    open_due = row.due_on if row.state is TaskState.OPEN else None
    left = remaining(calendar, open_due, row.limit_days or 0, clock.today())
    return TaskView(row, definition.required_task(row.node), left)


def task_views(rows: Iterable[TaskRow], definition: Definition, calendar: WorkingCalendar) -> list[TaskView]:
    return [task_view(row, definition, calendar) for row in rows]


def promise_left(row: CaseRow, definition: Definition, calendar: WorkingCalendar) -> Remaining:
    """Returns what is left of the promise; grey before acceptance and after the end, when no clock runs."""
    due = row.promise_due if row.state is CaseState.OPEN else None
    return remaining(calendar, due, definition.promise.days, clock.today())


def case_line(row: CaseRow, definition: Definition, calendar: WorkingCalendar) -> CaseLine:
    return CaseLine(
        case_id=row.case_id,
        definition=definition,
        applicant_name=row.applicant_name,
        state=row.state,
        received_at=row.received_at,
        promise_due=row.promise_due,
        remaining=promise_left(row, definition, calendar),
    )
