"""Shows a case's personal data unmasked, and records who looked."""

from dataclasses import dataclass

from pingshan_kit import audit_log
from pingshan_values.actor import Actor

from pingshan_workflow.domain.access import check_may_reveal
from pingshan_workflow.domain.cases.view import CaseView
from pingshan_workflow.usecases.cases.shared import read_view
from pingshan_workflow.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class RevealCase:
    case_id: str


async def reveal_case(deps: Dependencies, actor: Actor, command: RevealCase) -> CaseView:
    """Returns the case unmasked once the look is on record.

    Raises CaseNotFound, and NotAllowed for all but officers and clerks.
    """
    async with deps.database.begin() as tx:
        case = await read_view(tx, deps, actor, command.case_id)
        check_may_reveal(actor)
        await audit_log.append(tx, actor=actor, act="case.revealed", subject=command.case_id, details={})
    return case
