"""How a session ends, for every use case that ends one: row, event and record in the caller's transaction."""

from uuid import UUID

from pingshan_events.identity import SessionEnded
from pingshan_kit import clock, outbox, records
from pingshan_kit.crypto import PersonalData
from pingshan_kit.ids import uuid7
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.sessions.session import EndReason
from pingshan_identity.store.sessions import sessions
from pingshan_identity.usecases.sign_out.shared import request_sign_out


async def close_session(
    tx: AsyncConnection, actor: Actor, *, session_id: str, person_id: str, reason: EndReason
) -> UUID | None:
    """End the session and tell every service and system that was opened with it.

    Gives the sign-out's id; None where the session had ended before.
    """
    if not await _end(tx, actor, session_id=session_id, person_id=person_id, reason=reason):
        return None
    return await request_sign_out(tx, actor, person_id=person_id, session_id=session_id, reason=reason.value)


async def close_access(
    tx: AsyncConnection, actor: Actor, personal: PersonalData, *, person_id: str, reason: EndReason
) -> UUID:
    """End every session of a person and tell every system there is; gives the sign-out's id."""
    for session in await sessions.live_of(tx, personal, person_id, clock.now()):
        await _end(tx, actor, session_id=session.session_id, person_id=person_id, reason=reason)
    return await request_sign_out(tx, actor, person_id=person_id, session_id=None, reason=reason.value)


async def _end(tx: AsyncConnection, actor: Actor, *, session_id: str, person_id: str, reason: EndReason) -> bool:
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
