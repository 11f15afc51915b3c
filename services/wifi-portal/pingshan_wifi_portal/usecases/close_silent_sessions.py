"""Sessions that nobody has reported for a while are over, though their controller never said so."""

from datetime import timedelta

from pingshan_kit.clock import now
from pingshan_kit.events import outbox
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_wifi_portal.store import sessions
from pingshan_wifi_portal.usecases import session_events

SILENCE = timedelta(minutes=20)
"""Four interim reports; a later one opens the session again."""


async def close_silent_sessions(actor: Actor, database: Database) -> None:
    del actor
    async with database.begin() as tx:
        for session in await sessions.end(tx, sessions.silent_since(now() - SILENCE), now(), "silent"):
            if session.started_at is not None:
                await outbox.publish(tx, session_events.ended(session))
