"""Reads one case with its tasks, licences and timeline, masked."""

from dataclasses import replace

from pingshan_values.actor import Actor

from pingshan_workflow.domain.cases.masking import masked, sees_unmasked
from pingshan_workflow.domain.cases.view import CaseView
from pingshan_workflow.usecases.cases.shared import read_view
from pingshan_workflow.usecases.dependencies import Dependencies


async def read_case(deps: Dependencies, actor: Actor, *, case_id: str) -> CaseView:
    """Returns the case, masked unless the actor `sees_unmasked`: `reveal_case` lifts the mask, on record.

    Raises CaseNotFound, also for a case that the actor may not see.
    """
    async with deps.database.read() as tx:
        case = await read_view(tx, deps, actor, case_id)
    if sees_unmasked(actor, case.row.applicant_code):
        return case
    return replace(case, row=masked(case.row, case.definition, actor), is_masked=True)
