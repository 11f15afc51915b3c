"""A controller starts or stops (Accounting-On, Accounting-Off; RFC 2866 section 5.1): its sessions are over."""

from datetime import datetime

from pingshan_events.wifi_portal import ControllerStopped
from pingshan_kit.clock import now
from pingshan_kit.events import outbox
from pingshan_kit.ids import uuid7
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_wifi_portal.store import controllers, sessions
from pingshan_wifi_portal.usecases import session_events


async def note_controller_power(
    actor: Actor, database: Database, *, controller_id: str, on: bool, occurred_at: datetime
) -> None:
    """Ends what was open before; a repeated packet finds nothing more to end and is not published again."""
    del actor
    async with database.begin() as tx:
        was_stopped = await controllers.lock_stopped(tx, controller_id)
        version = await controllers.note_power(tx, controller_id, None if on else occurred_at)
        cause = "controller-started" if on else "controller-stopped"
        ended = await sessions.end_all(tx, controller_id, occurred_at, cause)
        for session in ended:
            if session.started_at is not None:
                await outbox.publish(tx, session_events.ended(session))
        if not on and not was_stopped:
            hotspots = await controllers.hotspot_count(tx, controller_id)
            await outbox.publish(tx, _stopped(controller_id, version, hotspots, len(ended)))


def _stopped(controller_id: str, version: int, hotspots: int, sessions_ended: int) -> ControllerStopped:
    return ControllerStopped(
        event_id=uuid7(),
        aggregate_id=controller_id,
        aggregate_version=version,
        correlation_id=controller_id,
        occurred_at=now(),
        controller_id=controller_id,
        hotspot_count=hotspots,
        session_count=sessions_ended,
    )
