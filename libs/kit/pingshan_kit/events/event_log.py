"""Published events in PostgreSQL, for longer than NATS keeps them."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

import asyncpg
from faststream.nats import NatsBroker
from pingshan_events.edges import STREAM_OF_SUBJECT
from sqlalchemy import RowMapping, select, tuple_

from pingshan_kit.events.messaging import Link
from pingshan_kit.logging import log
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.housekeeping import EVENT_LOG
from pingshan_kit.storage.tables import event_log

_PAGE = 500
_ACK_SECONDS = 10
_LOCK_TIMEOUT = "1s"

_MOVE = """
WITH moved AS (DELETE FROM outbox WHERE position = ANY($1::bigint[]) RETURNING *)
INSERT INTO event_log (published_at, position, event_id, subject, aggregate_id, correlation_id, traceparent, payload,
                       created_at)
SELECT now(), position, event_id, subject, aggregate_id, correlation_id, traceparent, payload, created_at FROM moved
"""


async def keep_published(connection: asyncpg.Connection, positions: Sequence[int]) -> None:
    """Moves the rows at these positions from the outbox into the log, in one statement."""
    await connection.execute(_MOVE, positions)


async def make_partitions(connection: asyncpg.Connection) -> None:
    """Makes the partitions of the months ahead, and drops those whose time is over.

    Both lock the whole table. Where somebody reads it for long, both wait for the next call rather than hold up what
    is published; the months are made three ahead.
    """
    try:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")
            await connection.execute("SELECT event_log_partitions($1)", EVENT_LOG.days)
    except asyncpg.LockNotAvailableError:
        log.warning("event_log.partitions_postponed")


async def send(broker: NatsBroker, subject: str, payload: str, headers: Mapping[str, str]) -> None:
    """Publishes a message and waits until its stream in edges.yaml has stored it. Raises nats.errors.Error."""
    await broker.publish(
        payload.encode(), subject, stream=STREAM_OF_SUBJECT[subject], headers=dict(headers), timeout=_ACK_SECONDS
    )


async def replay(settings: ServiceSettings, database: Database, *, since: datetime) -> int:
    """Publishes again, with the same ids and in the same order, what was published after `since`; returns the number.

    For a NATS that lost its disk. Consumers that have seen an event ignore it; so does a stream that still holds it
    within its deduplication window.
    """
    link = Link(settings, "replay")
    broker = await link.connect()
    count, after = 0, (since, 0)
    try:
        while page := await _page(database, after):
            for row in page:
                headers = {"Nats-Msg-Id": str(row["event_id"]), "traceparent": row["traceparent"]}
                await send(broker, row["subject"], row["payload"], headers)
            count += len(page)
            after = (page[-1]["published_at"], page[-1]["position"])
    finally:
        await asyncio.shield(link.close())
    return count


async def _page(database: Database, after: tuple[datetime, int]) -> Sequence[RowMapping]:
    place = tuple_(event_log.c.published_at, event_log.c.position)
    query = select(event_log).where(place > after).order_by(event_log.c.published_at, event_log.c.position)
    async with database.read() as tx:
        return (await tx.execute(query.limit(_PAGE))).mappings().all()
