"""Reads one case with its tasks, licences and timeline."""

from pingshan_kit import telemetry
from pingshan_values.actor import Actor

from pingshan_workflow.domain.access import check_may_see_case
from pingshan_workflow.domain.errors import CaseNotFound
from pingshan_workflow.domain.view import CaseView
from pingshan_workflow.store import calendars, cases, definitions, history, tasks
from pingshan_workflow.usecases.dependencies import Dependencies
from pingshan_workflow.usecases.views import promise_left, task_views


async def read_case(deps: Dependencies, actor: Actor, *, case_id: str) -> CaseView:
    """Returns the case. Raises CaseNotFound, also for a case that the actor may not see."""
    telemetry.mark(case_id=case_id, correlation_id=case_id)
    async with deps.database.read() as tx:
        row = await cases.find(tx, deps.personal, case_id)
        if row is None:
            raise CaseNotFound(case_id=case_id)
        check_may_see_case(actor, case_id, row.applicant_code)
        definition = definitions.parsed(await definitions.text_of(tx, row.definition_hash))
        calendar = await calendars.load(tx)
        return CaseView(
            row=row,
            definition=definition,
            remaining=promise_left(row, definition, calendar),
            tasks=task_views(await tasks.of_case(tx, deps.personal, case_id), definition, calendar),
            licenses=await history.licenses(tx, case_id),
            entries=await history.entries(tx, case_id),
            calendar=calendar,
        )
