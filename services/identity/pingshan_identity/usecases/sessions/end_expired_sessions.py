"""Ends sessions that are past their absolute life of 12 h."""

from pingshan_kit import clock
from pingshan_values.actor import Actor

from pingshan_identity.domain.sessions.session import EndReason
from pingshan_identity.store.sessions import sessions
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sessions.shared import close_session

_AT_ONCE = 200


async def end_expired_sessions(deps: Dependencies, actor: Actor) -> int:
    """Returns the number of sessions that were ended, at most 200 per call."""
    async with deps.database.begin() as tx:
        expired = await sessions.past_their_end(tx, clock.now(), _AT_ONCE)
        for session_id, person_id in expired:
            await close_session(tx, actor, session_id=session_id, person_id=person_id, reason=EndReason.EXPIRED)
    return len(expired)
