"""End one session: every page session and token with its `sid` is dead within two seconds, in every service."""

from uuid import UUID

from pingshan_kit import clock, telemetry
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor, ActorKind

from pingshan_identity.domain.errors import SessionNotFound
from pingshan_identity.domain.sessions.session import EndReason
from pingshan_identity.store.sessions import sessions
from pingshan_identity.usecases.acting import acting
from pingshan_identity.usecases.sessions.shared import close_session


async def end_session(actor: Actor, database: Database, personal: PersonalData, *, session_id: str) -> UUID | None:
    """The sign-out's id; None for a session that had ended before, which is no error.

    A person ends their own; whoever proved the `sid` otherwise is anonymous.

    Raises:
        SessionNotFound: there is none, or it is another person's.

    """
    telemetry.mark(correlation_id=session_id)
    async with database.begin() as tx:
        session = await sessions.get(tx, personal, session_id)
        if session is None or (actor.kind is ActorKind.PERSON and session.person_id != actor.person_id):
            raise SessionNotFound
        if not session.is_alive(clock.now()):
            return None
        return await close_session(
            tx,
            acting(session.person_id, session_id),
            session_id=session_id,
            person_id=session.person_id,
            reason=EndReason.SIGNED_OUT,
        )
