"""Reads one session."""

from uuid import UUID

from pingshan_values.actor import Actor

from pingshan_wifi_portal.domain import access
from pingshan_wifi_portal.domain.errors import SessionNotFound
from pingshan_wifi_portal.store import live_sessions
from pingshan_wifi_portal.store.live_sessions import LiveSession
from pingshan_wifi_portal.usecases.dependencies import Dependencies


async def get_session(deps: Dependencies, actor: Actor, *, session_id: UUID) -> LiveSession:
    """Returns the session, live or over. Raises SessionNotFound, NotAllowed."""
    access.check_may_operate(actor)
    async with deps.database.read() as tx:
        session = await live_sessions.get(tx, session_id)
    if session is None:
        raise SessionNotFound(session_id=session_id)
    return session
