"""Whether a session, and a grant within it, is still alive: for services that have not heard our heartbeat."""

from uuid import UUID

from pingshan_kit import clock

from pingshan_identity.store.oauth import grants
from pingshan_identity.store.sessions import sessions
from pingshan_identity.usecases.dependencies import Dependencies


async def introspect_session(deps: Dependencies, *, session_id: str, grant_id: UUID | None = None) -> bool:
    """Return whether it is alive; False for an ended, expired or unknown session or grant (RFC 7662 section 2.2)."""
    async with deps.database.read() as tx:
        session = await sessions.get(tx, deps.personal, session_id)
        grant = await grants.get(tx, grant_id) if grant_id is not None else None
    if grant_id is not None:
        return grant is not None and grant.is_alive(session, clock.now())
    return session is not None and session.is_alive(clock.now())
