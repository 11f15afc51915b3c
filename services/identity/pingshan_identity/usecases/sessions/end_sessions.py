"""Ends one session of somebody, or all of them, for the security administrator."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_kit import audit_log
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer
from pingshan_identity.domain.audit.reason import check_reason
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import SessionNotFound
from pingshan_identity.domain.sessions.session import EndReason, require_not_ended
from pingshan_identity.store.sessions import sessions
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sessions.shared import close_access, close_session


@dataclass(frozen=True, slots=True)
class EndSessions:
    session_id: str
    everything: bool
    """Whether all sessions of that person end, told to every system."""
    reason: str


async def end_sessions(deps: Dependencies, actor: Actor, command: EndSessions) -> UUID:
    """Returns the id of the sign-out, and records the reason.

    One administrator is enough for one person, since an incident cannot wait for two; whole organisations and systems
    take two (`ChangeKind.END_SESSIONS`).

    Raises:
        AdministratorRequired, ReasonRequired.
        SessionNotFound: there is none, or it has ended.
    """
    check_may_administer(actor, AdministrativeAct.END_SESSIONS)
    why = check_reason(command.reason)
    async with deps.database.begin() as tx:
        session = require_not_ended(await sessions.get(tx, deps.personal, command.session_id))
        person_id, ending = session.person_id, EndReason.ADMINISTRATOR
        if command.everything:
            ended: UUID | None = await close_access(tx, actor, deps.personal, person_id=person_id, reason=ending)
        else:
            ended = await close_session(tx, actor, session_id=session.session_id, person_id=person_id, reason=ending)
        if ended is None:
            raise SessionNotFound
        details = {"sign_out_id": str(ended), "why": why}
        await audit_log.append(tx, actor=actor, act=Act.SESSIONS_ENDED, subject=f"person:{person_id}", details=details)
    return ended
