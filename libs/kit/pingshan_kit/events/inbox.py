"""The inbox: which events' effects a consumer has already applied.

Own code: it is one statement, and it must stand in the transaction of the effect.
"""

from uuid import UUID

from pingshan_events.base import Event
from sqlalchemy import exists, literal, select
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_kit.storage.tables import dead_letter, inbox, inbox_version


async def first(tx: AsyncConnection, consumer: str, event_id: UUID) -> bool:
    """Returns whether the effect is to be applied now, in this transaction, and notes that it was.

    Returns False where it was applied before, or where the event waits as a dead letter for somebody's decision.
    """
    waiting = exists().where(
        dead_letter.c.source == "event",
        dead_letter.c.handler == consumer,
        dead_letter.c.message_id == str(event_id),
        dead_letter.c.died_at.is_not(None),
        dead_letter.c.resolved_at.is_(None),
    )
    source = select(literal(consumer), literal(event_id, inbox.c.event_id.type)).where(~waiting)
    row = insert(inbox).from_select(["consumer", "event_id"], source)
    return await _inserted(tx, row)


async def take(tx: AsyncConnection, consumer: str, event_id: UUID) -> bool:
    """Returns False where the effect was applied before, else notes it: also for an event that is a dead letter."""
    return await _inserted(tx, insert(inbox).values(consumer=consumer, event_id=event_id))


async def newer(tx: AsyncConnection, consumer: str, event: Event) -> bool:
    """Returns whether the event is newer than all that the consumer has seen of its aggregate; remembers it then."""
    row = insert(inbox_version).values(
        consumer=consumer,
        entity=".".join(event.subject.split(".")[:2]),
        aggregate_id=event.aggregate_id,
        version=event.aggregate_version,
    )
    upsert = row.on_conflict_do_update(
        index_elements=["consumer", "entity", "aggregate_id"],
        set_={"version": row.excluded.version},
        where=inbox_version.c.version < row.excluded.version,
    )
    return (await tx.execute(upsert.returning(inbox_version.c.version))).one_or_none() is not None


async def _inserted(tx: AsyncConnection, row: Insert) -> bool:
    result = await tx.execute(row.on_conflict_do_nothing().returning(inbox.c.event_id))
    return result.one_or_none() is not None
