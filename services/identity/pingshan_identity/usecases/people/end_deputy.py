"""Ends a deputy's appointment before its last day."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_kit import audit_log, clock
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import SYSTEM_ADMINISTRATOR, require_role
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import PersonNotFound
from pingshan_identity.domain.people.employment import day_before
from pingshan_identity.domain.sessions.session import EndReason
from pingshan_identity.store.people import staff
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sessions.shared import close_access


@dataclass(frozen=True, slots=True)
class EndDeputy:
    deputy_id: UUID
    post: str


async def end_deputy(deps: Dependencies, actor: Actor, command: EndDeputy) -> None:
    """Ends the post as of yesterday and every session of the deputy, so that none goes on with the post's roles.

    Raises:
        AdministratorRequired, PersonNotFound.
    """
    require_role(actor, SYSTEM_ADMINISTRATOR)
    async with deps.database.begin() as tx:
        if await staff.lock(tx, command.deputy_id, None) is None:
            raise PersonNotFound
        await staff.end_posts(tx, command.deputy_id, [command.post], day_before(clock.today()), acting=True)
        subject, details = f"person:{command.deputy_id}", {"post": command.post}
        await audit_log.append(tx, actor=actor, act=Act.DEPUTY_ENDED, subject=subject, details=details)
        await close_access(tx, actor, deps.personal, person_id=str(command.deputy_id), reason=EndReason.MOVED)
