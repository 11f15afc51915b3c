"""Introspects a session, and a grant of it, for services that have missed our heartbeat."""

from uuid import UUID

from pingshan_kit import clock

from pingshan_identity.store.oauth import grants
from pingshan_identity.store.sessions import sessions
from pingshan_identity.usecases.dependencies import Dependencies


async def introspect_session(deps: Dependencies, *, session_id: str, grant_id: UUID | None = None) -> bool:
    """Returns whether session and grant are alive; False for an unknown one (RFC 7662 section 2.2)."""
    async with deps.database.read() as tx:
        session = await sessions.get(tx, deps.personal, session_id)
        grant = await grants.get(tx, grant_id) if grant_id is not None else None
    if grant_id is not None:
        return grant is not None and grant.is_alive(session, clock.now())
    return session is not None and session.is_alive(clock.now())
