"""End a session here: its controller does not know it any more, or was told to end it."""

from uuid import UUID

from pingshan_kit.clock import now
from pingshan_kit.events import outbox
from pingshan_kit.storage.database import Database

from pingshan_wifi_portal.store import sessions
from pingshan_wifi_portal.usecases import session_events


async def close_session(database: Database, *, session_id: UUID, cause: str) -> None:
    """A later report of the controller opens it again; one that is over already stays as it is."""
    async with database.begin() as tx:
        for session in await sessions.end(tx, sessions.is_open(session_id), now(), cause):
            if session.started_at is not None:
                await outbox.publish(tx, session_events.ended(session))
