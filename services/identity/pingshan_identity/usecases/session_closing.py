"""How a session ends, for every use case that ends one: row, event and record in the caller's transaction."""

from pingshan_events.identity import SessionEnded
from pingshan_kit import clock, outbox, records
from pingshan_kit.ids import uuid7
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.session import EndReason
from pingshan_identity.domain.sign_in_record import Act
from pingshan_identity.store import sessions


async def close_session(
    tx: AsyncConnection, actor: Actor, *, session_id: str, person_id: str, reason: EndReason
) -> bool:
    """End the session and tell every service; False where it had ended before."""
    now = clock.now()
    version = await sessions.end(tx, session_id, reason, now)
    if version is None:
        return False
    await outbox.publish(
        tx,
        SessionEnded(
            event_id=uuid7(),
            aggregate_id=session_id,
            aggregate_version=version,
            correlation_id=session_id,
            occurred_at=now,
            session_id=session_id,
            reason=reason.value,
        ),
    )
    await records.append(
        tx,
        actor=actor,
        act=Act.SESSION_ENDED,
        subject=f"person:{person_id}",
        details={"session_id": session_id, "reason": reason.value},
    )
    return True
