"""Publishing of an event in the transaction that makes it true."""

from collections.abc import Sequence
from uuid import UUID

from pingshan_events.base import Event
from pingshan_events.edges import PUBLISHER_OF_SUBJECT
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_kit import telemetry
from pingshan_kit.storage.database import note_added, publishing_service

MAX_EVENT_BYTES = 256 * 1024

_ADD = """
INSERT INTO outbox (event_id, subject, aggregate_id, correlation_id, traceparent, payload)
SELECT event_id, subject, aggregate_id, correlation_id, traceparent, payload
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
    WITH ORDINALITY AS k (event_id, subject, aggregate_id, correlation_id, traceparent, payload, n)
ORDER BY n
"""


class UndeclaredSubjectError(Exception):
    """edges.yaml does not let this service publish the subject."""


class EventTooLargeError(Exception):
    """The event is larger than 256 KiB; it should carry an id, with which consumers ask for more by gRPC."""


async def publish(tx: AsyncConnection, event: Event) -> None:
    """Adds the event to the outbox; the relay sends it once the transaction has committed.

    Where it is called after the aggregate's row is inserted or locked, positions follow the order of its changes.
    Raises UndeclaredSubjectError or EventTooLargeError, so that the use case fails and never the relay.
    """
    await publish_all(tx, [event])


async def publish_all(tx: AsyncConnection, events: Sequence[Event]) -> None:
    """Adds the events to the outbox in one statement and in their order. Raises as `publish` does, before any is added.

    An event without a traceparent belongs to the current act; in a group, make it the member's: `Member.act`.
    """
    if not events:
        return
    service, traceparent = publishing_service(tx), telemetry.traceparent()
    rows = [_row(service, traceparent, event) for event in events]
    await tx.exec_driver_sql(_ADD, tuple(map(list, zip(*rows, strict=True))))
    note_added(tx, "outbox")


def _row(service: str, traceparent: str, event: Event) -> tuple[UUID, str, str, str, str, str]:
    if PUBLISHER_OF_SUBJECT.get(event.subject) != service:
        raise UndeclaredSubjectError(f"{service} may not publish {event.subject}")
    event = event if event.traceparent else event.model_copy(update={"traceparent": traceparent})
    payload = event.model_dump_json()
    if len(payload.encode()) > MAX_EVENT_BYTES:
        raise EventTooLargeError(f"{event.subject} {event.event_id}")
    return event.event_id, event.subject, event.aggregate_id, event.correlation_id, event.traceparent, payload
