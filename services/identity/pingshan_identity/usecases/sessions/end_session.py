"""Ends one session; every service refuses its page sessions and tokens within two seconds."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_kit import clock, telemetry
from pingshan_values.actor import Actor

from pingshan_identity.domain.sessions.session import EndReason, require_to_end
from pingshan_identity.store.sessions import sessions
from pingshan_identity.usecases.acting import acting
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sessions.shared import close_session


@dataclass(frozen=True, slots=True)
class EndSession:
    session_id: str


async def end_session(deps: Dependencies, actor: Actor, command: EndSession) -> UUID | None:
    """Returns the id of the sign-out; None where the session had ended before.

    A person ends their own only; an actor who is no person has proven the `sid` otherwise.

    Raises:
        SessionNotFound: there is none, or it is another person's.
    """
    telemetry.mark(correlation_id=command.session_id)
    async with deps.database.begin() as tx:
        session = require_to_end(await sessions.get(tx, deps.personal, command.session_id), actor)
        if not session.is_alive(clock.now()):
            return None
        return await close_session(
            tx,
            acting(session.person_id, session.session_id),
            session_id=session.session_id,
            person_id=session.person_id,
            reason=EndReason.SIGNED_OUT,
        )
