"""Whether a session is still alive: for services that have not heard our heartbeat."""

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.store import sessions


async def introspect_session(actor: Actor, database: Database, personal: PersonalData, *, session_id: str) -> bool:
    """False for an ended, expired or unknown session alike (RFC 7662 section 2.2)."""
    del actor  # edges.yaml admits services only
    async with database.read() as tx:
        session = await sessions.get(tx, personal, session_id)
    return session is not None and session.is_alive(clock.now())
