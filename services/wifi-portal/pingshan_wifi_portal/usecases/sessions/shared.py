"""Builds the events of sessions that start, end or are slowed down."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from pingshan_events.wifi_portal import QuotaExhausted, SessionEnded, SessionStarted
from pingshan_kit.clock import now
from pingshan_kit.events import outbox
from pingshan_kit.ids import uuid7
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_wifi_portal.domain.session import Session


async def publish_ended(tx: AsyncConnection, ended: Iterable[Session], traceparent: str = "") -> None:
    """Publishes the end of each session, except of those that never started.

    The events belong to the act of `traceparent`; to the current one where that is empty.
    """
    started = [session for session in ended if session.started_at is not None]
    await outbox.publish_all(tx, [session_ended(session, traceparent) for session in started])


def session_started(session: Session, traceparent: str = "") -> SessionStarted:
    return SessionStarted(
        **_common(session.session_id, session.sign_in_id, session.version),
        traceparent=traceparent,
        session_id=str(session.session_id),
        hotspot_id=session.hotspot_id,
    )


def session_ended(session: Session, traceparent: str = "") -> SessionEnded:
    return SessionEnded(
        **_common(session.session_id, session.sign_in_id, session.version),
        traceparent=traceparent,
        session_id=str(session.session_id),
        hotspot_id=session.hotspot_id,
        input_octets=session.input_octets,
        output_octets=session.output_octets,
    )


def quota_exhausted(session: Any, rate_kbps: int) -> QuotaExhausted:
    """Returns the event; `session` is a row with session_id, sign_in_id, hotspot_id and version."""
    return QuotaExhausted(
        **_common(session.session_id, session.sign_in_id, session.version),
        session_id=str(session.session_id),
        hotspot_id=session.hotspot_id,
        rate_kbps=rate_kbps,
    )


def _common(session_id: UUID, sign_in_id: UUID | None, version: int) -> dict[str, Any]:
    return {
        "event_id": uuid7(),
        "aggregate_id": str(session_id),
        "aggregate_version": version,
        "correlation_id": str(sign_in_id or session_id),
        "occurred_at": now(),
    }
