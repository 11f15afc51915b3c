"""Published events in PostgreSQL, for longer than NATS keeps them, each with its place in its stream."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
from faststream.nats import NatsBroker
from pingshan_events.edges import STREAM_OF_SUBJECT, Stream
from sqlalchemy import RowMapping, select, tuple_

from pingshan_kit.events.messaging import Link
from pingshan_kit.events.signatures import Signer
from pingshan_kit.logging import log
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.housekeeping import EVENT_LOG
from pingshan_kit.storage.tables import event_log

_PAGE = 500
_ACK_SECONDS = 10
_LOCK_TIMEOUT = "1s"

_MOVE = """
WITH published AS (
    SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::bigint[])
        AS each (position, stream_created_at, stream_sequence)
), moved AS (
    DELETE FROM outbox USING published WHERE outbox.position = published.position
    RETURNING outbox.*, published.stream_created_at, published.stream_sequence
)
INSERT INTO event_log (published_at, position, event_id, subject, aggregate_id, correlation_id, traceparent, payload,
                       created_at, stream_created_at, stream_sequence)
SELECT now(), position, event_id, subject, aggregate_id, correlation_id, traceparent, payload, created_at,
       stream_created_at, stream_sequence
FROM moved
"""

_MISSING = """
SELECT position, event_id, subject, aggregate_id, correlation_id, traceparent, payload FROM event_log
WHERE subject = ANY($1::text[]) AND published_at > now() - make_interval(secs => $2)
  AND stream_created_at IS DISTINCT FROM $3
ORDER BY position LIMIT $4
"""

_FOUND_AGAIN = """
UPDATE event_log SET stream_created_at = published.stream_created_at, stream_sequence = published.stream_sequence
FROM unnest($1::bigint[], $2::timestamptz[], $3::bigint[]) AS published (position, stream_created_at, stream_sequence)
WHERE event_log.position = published.position AND event_log.published_at > now() - make_interval(secs => $4)
"""

_LAST = """
SELECT subject, max(stream_sequence) AS sequence FROM event_log
WHERE subject = ANY($1::text[]) AND published_at > now() - make_interval(secs => $2) AND stream_created_at = $3
GROUP BY subject
"""


@dataclass(frozen=True)
class Stored:
    """Says where JetStream keeps an event of the outbox."""

    position: int
    """Of the row."""
    subject: str
    stream_created_at: datetime
    sequence: int
    """In the stream."""


async def keep_published(connection: asyncpg.Connection, stored: Sequence[Stored]) -> None:
    """Moves the rows of these events from the outbox into the log, in one statement."""
    await connection.execute(_MOVE, *_columns(stored))


async def missing(
    connection: asyncpg.Connection, stream: Stream, created: datetime, subjects: Sequence[str]
) -> list[asyncpg.Record]:
    """Returns the oldest of these subjects' events that the stream, as it was created then, should hold and does not.

    It lost them with its disk, or an earlier version published them unsigned.
    """
    rows: list[asyncpg.Record] = await connection.fetch(_MISSING, subjects, stream.max_age, created, _PAGE)
    return rows


async def note_published_again(connection: asyncpg.Connection, stream: Stream, stored: Sequence[Stored]) -> None:
    """Notes where the stream keeps events that it had lost."""
    await connection.execute(_FOUND_AGAIN, *_columns(stored), stream.max_age)


async def last_sequences(
    connection: asyncpg.Connection, stream: Stream, created: datetime, subjects: Sequence[str]
) -> dict[str, int]:
    """Returns the sequence of the last event of each subject that the stream still keeps; 0 where there is none."""
    rows = await connection.fetch(_LAST, subjects, stream.max_age, created)
    return dict.fromkeys(subjects, 0) | {row["subject"]: row["sequence"] for row in rows}


def _columns(stored: Sequence[Stored]) -> tuple[list[int], list[datetime], list[int]]:
    return (
        [each.position for each in stored],
        [each.stream_created_at for each in stored],
        [each.sequence for each in stored],
    )


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


async def send(
    broker: NatsBroker,
    signer: Signer,
    *,
    subject: str,
    event_id: str,
    payload: str,
    traceparent: str,
    stream_created: datetime | None,
) -> int:
    """Publishes a signed event, and returns its sequence once its stream has stored it. Raises nats.errors.Error."""
    body = payload.encode()
    headers = signer.headers(subject, event_id, body, stream_created=stream_created) | {"traceparent": traceparent}
    answer = await broker.publish(
        body, subject, stream=STREAM_OF_SUBJECT[subject], headers=headers, timeout=_ACK_SECONDS
    )
    return answer.seq


async def replay(settings: ServiceSettings, database: Database, *, since: datetime) -> int:
    """Publishes again, with the same ids and in the same order, what was published after `since`; returns the number.

    For a NATS that lost its disk, or after a key was withdrawn: all is signed with the newest key. Consumers that have
    seen an event ignore it; so does a stream that still holds it within its deduplication window.
    Raises nats.errors.Error where a stream is missing.
    """
    signer = Signer.from_settings(settings)
    link = Link(settings, "replay")
    broker = await link.connect()
    count, after = 0, (since, 0)
    created: dict[str, datetime | None] = {}
    try:
        while page := await _page(database, after):
            for row in page:
                stream = STREAM_OF_SUBJECT[row["subject"]]
                if stream not in created:
                    created[stream] = (await broker.connection.jetstream().stream_info(stream)).created
                await send(
                    broker,
                    signer,
                    subject=row["subject"],
                    event_id=str(row["event_id"]),
                    payload=row["payload"],
                    traceparent=row["traceparent"],
                    stream_created=created[stream],
                )
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
