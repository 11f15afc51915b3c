"""Show a case's personal data unmasked, and put on record that somebody looked."""

from pingshan_kit import audit_log
from pingshan_kit.crypto import PersonalData
from pingshan_kit.errors import Forbidden
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_workflow.domain import access
from pingshan_workflow.domain.view import CaseView
from pingshan_workflow.usecases.read_case import read_case


async def reveal_case(actor: Actor, database: Database, personal: PersonalData, case_id: str) -> CaseView:
    """Raises CaseNotFound, and Forbidden for others than officers and clerks (an applicant sees their own anyway)."""
    case = await read_case(actor, database, personal, case_id)
    if not actor.has(access.OFFICER) and not actor.has(access.CLERK):
        raise Forbidden
    async with database.begin() as tx:
        await audit_log.append(tx, actor=actor, act="case.revealed", subject=case_id, details={})
    return case
