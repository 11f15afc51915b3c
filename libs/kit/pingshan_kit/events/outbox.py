"""Publishing of an event in the transaction that makes it true."""

from pingshan_events.base import Event
from pingshan_events.edges import PUBLISHER_OF_SUBJECT
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_kit import telemetry
from pingshan_kit.storage import tables
from pingshan_kit.storage.database import note_added, publishing_service

MAX_EVENT_BYTES = 256 * 1024


class UndeclaredSubjectError(Exception):
    """edges.yaml does not let this service publish the subject."""


class EventTooLargeError(Exception):
    """The event is larger than 256 KiB; it should carry an id, with which consumers ask for more by gRPC."""


async def publish(tx: AsyncConnection, event: Event) -> None:
    """Adds the event to the outbox; the relay sends it once the transaction has committed.

    Where it is called after the aggregate's row is inserted or locked, positions follow the order of its changes.
    Raises UndeclaredSubjectError or EventTooLargeError, so that the use case fails and never the relay.
    """
    service = publishing_service(tx)
    if PUBLISHER_OF_SUBJECT.get(event.subject) != service:
        raise UndeclaredSubjectError(f"{service} may not publish {event.subject}")
    event = event if event.traceparent else event.model_copy(update={"traceparent": telemetry.traceparent()})
    payload = event.model_dump_json()
    if len(payload.encode()) > MAX_EVENT_BYTES:
        raise EventTooLargeError(f"{event.subject} {event.event_id}")
    await tx.execute(
        tables.outbox.insert().values(
            event_id=event.event_id,
            subject=event.subject,
            aggregate_id=event.aggregate_id,
            correlation_id=event.correlation_id,
            traceparent=event.traceparent,
            payload=payload,
        )
    )
    note_added(tx, "outbox")
