"""Joins rows and definitions to what is shown, with today's light of each clock."""

from collections.abc import Iterable

from pingshan_kit import clock, telemetry
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_workflow.domain.access import check_may_see_case, is_own_application
from pingshan_workflow.domain.cases.case import CaseState, TaskState
from pingshan_workflow.domain.cases.masking import shown_applicant, shown_task
from pingshan_workflow.domain.cases.view import CaseLine, CaseRow, CaseView, TaskRow, TaskView
from pingshan_workflow.domain.clock.calendar import WorkingCalendar
from pingshan_workflow.domain.clock.light import Remaining, remaining
from pingshan_workflow.domain.definitions.definition import Definition
from pingshan_workflow.domain.errors import CaseNotFound
from pingshan_workflow.store import calendars, cases, definitions, history, tasks
from pingshan_workflow.usecases.dependencies import Dependencies


async def read_view(tx: AsyncConnection, deps: Dependencies, actor: Actor, case_id: str) -> CaseView:
    """Returns the case unmasked. Raises CaseNotFound, also for a case that the actor may not see."""
    telemetry.mark(case_id=case_id, correlation_id=case_id)
    row = await cases.find(tx, deps.personal, case_id)
    if row is None:
        raise CaseNotFound(case_id=case_id)
    check_may_see_case(actor, case_id, row.applicant_code)
    definition = definitions.parsed(await definitions.text_of(tx, row.definition_hash))
    calendar = await calendars.load(tx)
    found = await tasks.of_case(tx, deps.personal, case_id)
    return CaseView(
        row=row,
        is_masked=False,
        is_own=is_own_application(actor, filed_by=row.filed_by, applicant_code=row.applicant_code),
        definition=definition,
        remaining=promise_left(row, definition, calendar),
        tasks=task_views([shown_task(actor, task) for task in found], definition, calendar),
        licenses=await history.licenses(tx, case_id),
        entries=await history.entries(tx, case_id),
        calendar=calendar,
    )


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


def case_line(actor: Actor, row: CaseRow, definition: Definition, calendar: WorkingCalendar) -> CaseLine:
    return CaseLine(
        case_id=row.case_id,
        definition=definition,
        applicant_name=shown_applicant(actor, row.applicant_name, row.applicant_code),
        state=row.state,
        received_at=row.received_at,
        promise_due=row.promise_due,
        remaining=promise_left(row, definition, calendar),
    )
