"""One case with its tasks, licences and timeline."""

from pingshan_kit import telemetry
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_workflow.domain import access
from pingshan_workflow.domain.errors import CaseNotFound
from pingshan_workflow.domain.view import CaseView
from pingshan_workflow.store import calendars, cases, definitions, history, tasks
from pingshan_workflow.usecases.views import promise_left, task_views


async def read_case(actor: Actor, database: Database, personal: PersonalData, case_id: str) -> CaseView:
    """Raises CaseNotFound, also for a case that the actor may not see."""
    telemetry.mark(case_id=case_id, correlation_id=case_id)
    async with database.read() as tx:
        row = await cases.find(tx, personal, case_id)
        if row is None or not access.may_see_case(actor, row.applicant_code):
            raise CaseNotFound(case_id=case_id)
        definition = definitions.parsed(await definitions.text_of(tx, row.definition_hash))
        calendar = await calendars.load(tx)
        return CaseView(
            row=row,
            definition=definition,
            remaining=promise_left(row, definition, calendar),
            tasks=task_views(await tasks.of_case(tx, personal, case_id), definition, calendar),
            licenses=await history.licenses(tx, case_id),
            entries=await history.entries(tx, case_id),
            calendar=calendar,
        )
