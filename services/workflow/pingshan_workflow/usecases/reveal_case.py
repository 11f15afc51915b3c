"""Shows a case's personal data unmasked, and records who looked."""

from dataclasses import dataclass

from pingshan_kit import audit_log
from pingshan_values.actor import Actor

from pingshan_workflow.domain.access import check_may_reveal
from pingshan_workflow.domain.view import CaseView
from pingshan_workflow.usecases.dependencies import Dependencies
from pingshan_workflow.usecases.read_case import read_case


@dataclass(frozen=True, slots=True)
class RevealCase:
    case_id: str


async def reveal_case(deps: Dependencies, actor: Actor, command: RevealCase) -> CaseView:
    """Returns the case and records the look. Raises CaseNotFound, and NotAllowed for all but officers and clerks."""
    case = await read_case(deps, actor, case_id=command.case_id)
    check_may_reveal(actor)
    async with deps.database.begin() as tx:
        await audit_log.append(tx, actor=actor, act="case.revealed", subject=command.case_id, details={})
    return case
