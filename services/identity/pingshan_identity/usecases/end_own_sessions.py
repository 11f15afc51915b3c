"""A person ends all of their sessions, this one included."""

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.domain.errors import SessionNotFound
from pingshan_identity.domain.session import EndReason
from pingshan_identity.store import sessions
from pingshan_identity.usecases.session_closing import close_session


async def end_own_sessions(actor: Actor, database: Database, personal: PersonalData) -> int:
    """The number of sessions that ended.

    Raises:
        SessionNotFound: nobody is signed in.

    """
    if actor.person_id is None:
        raise SessionNotFound
    ended = 0
    async with database.begin() as tx:
        for session in await sessions.live_of(tx, personal, actor.person_id, clock.now()):
            ended += await close_session(
                tx,
                actor,
                session_id=session.session_id,
                person_id=actor.person_id,
                reason=EndReason.SIGNED_OUT,
            )
    return ended
