"""The security administrator ends a sign-in of somebody, or all of theirs."""

from uuid import UUID

from pingshan_kit import audit_log
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import SECURITY_ADMINISTRATOR, require_role
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import ReasonRequired, SessionNotFound
from pingshan_identity.domain.sessions.session import EndReason
from pingshan_identity.store.sessions import sessions
from pingshan_identity.usecases.sessions.shared import close_access, close_session

_LONGEST = 200


async def end_sessions(
    actor: Actor, database: Database, personal: PersonalData, *, session_id: str, everything: bool, reason: str
) -> UUID:
    """The sign-out's id. `everything`: all sessions of the person whose session it is, told to every system.

    One person's access ends at the word of one administrator: an incident cannot wait for two. Whole organisations
    and systems take two (`ChangeKind.END_SESSIONS`).

    Raises:
        AdministratorRequired, ReasonRequired.
        SessionNotFound: there is none, or it has ended.

    """
    require_role(actor, SECURITY_ADMINISTRATOR)
    if not reason.strip():
        raise ReasonRequired
    async with database.begin() as tx:
        session = await sessions.get(tx, personal, session_id)
        if session is None or session.ended_at is not None:
            raise SessionNotFound
        person_id = session.person_id
        if everything:
            ended: UUID | None = await close_access(
                tx, actor, personal, person_id=person_id, reason=EndReason.ADMINISTRATOR
            )
        else:
            ended = await close_session(
                tx, actor, session_id=session_id, person_id=person_id, reason=EndReason.ADMINISTRATOR
            )
        if ended is None:
            raise SessionNotFound
        details = {"sign_out_id": str(ended), "why": reason.strip()[:_LONGEST]}
        await audit_log.append(tx, actor=actor, act=Act.SESSIONS_ENDED, subject=f"person:{person_id}", details=details)
    return ended
