"""One session."""

from uuid import UUID

from pingshan_kit.errors import Forbidden
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_wifi_portal.domain import access
from pingshan_wifi_portal.domain.errors import SessionNotFound
from pingshan_wifi_portal.store import live_sessions
from pingshan_wifi_portal.store.live_sessions import LiveSession


async def get_session(actor: Actor, database: Database, *, session_id: UUID) -> LiveSession:
    """Raises SessionNotFound, Forbidden."""
    if not access.may_operate(actor):
        raise Forbidden
    async with database.read() as tx:
        session = await live_sessions.get(tx, session_id)
    if session is None:
        raise SessionNotFound(session_id=session_id)
    return session
