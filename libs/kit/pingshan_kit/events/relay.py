"""Outbox → JetStream → event log. One relay per service publishes; its lock is a session lock in PostgreSQL.

Own code: reading PostgreSQL's log (Debezium and the like) needs another server and a superuser's rights, and publishes
per table, not per event. What carries the messages is FastStream's broker (docs/adr/0002-bus.md).
"""

import asyncio
from collections.abc import Sequence

import asyncpg
import nats.errors
from faststream.nats import NatsBroker
from nats.aio.msg import Msg
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, use_span

from pingshan_kit.errors import Unavailable
from pingshan_kit.events import event_log
from pingshan_kit.events.messaging import Link, wake_subject
from pingshan_kit.logging import log
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.storage.database import Database
from pingshan_kit.telemetry import remote_context, traceparent, tracer

_LOCK = 7_471_002
_BATCH = 256
_IN_FLIGHT = 64
_POLL_SECONDS = 1.0
_PARTITION_SECONDS = 6 * 3600
_FLUSH_SECONDS = 5.0

_OLDEST = """
SELECT position, event_id, subject, aggregate_id, correlation_id, traceparent, payload
FROM outbox ORDER BY position LIMIT $1
"""


class Relay:
    """Publishes the outbox while it holds the service's lock, until it is cancelled or raises."""

    def __init__(self, settings: ServiceSettings, database: Database) -> None:
        self._service = settings.service
        self._database = database
        self._link = Link(settings, "relay")
        self._leading = False
        self._flushed = asyncio.Event()
        self._draining = False

    @property
    def degraded(self) -> bool:
        """Returns whether NATS is away, so that events wait in the outbox."""
        return self._link.degraded

    async def run(self) -> None:
        try:
            broker = await self._link.connect()
            await broker.connection.subscribe(wake_subject(self._service), cb=self._woken)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._link.watch_closed())
                group.create_task(self._follow_and_lead(broker))
        finally:
            await self._link.close()

    async def drain(self) -> None:
        """Publishes what is in the outbox, for at most five seconds; the rest waits for the next start."""
        self._draining = True
        self._database.outbox_added.set()
        if self._leading and not self.degraded:
            try:
                async with asyncio.timeout(_FLUSH_SECONDS):
                    await self._flushed.wait()
            except TimeoutError:
                log.warning("relay.flush_cut", seconds=_FLUSH_SECONDS)

    async def _woken(self, _: Msg) -> None:
        if self._leading:
            self._database.outbox_added.set()

    async def _follow_and_lead(self, broker: NatsBroker) -> None:
        while True:
            try:
                async with self._database.dedicated() as connection:
                    await self._wait_for_lock(connection, broker)
                    await self._lead(connection, broker)
            except Unavailable as error:
                log.warning("relay.lock_lost", error=type(error.__cause__).__name__)
            finally:
                self._leading = False
            await asyncio.sleep(_POLL_SECONDS)

    async def _wait_for_lock(self, connection: asyncpg.Connection, broker: NatsBroker) -> None:
        """Returns once the lock is ours; until then tells its holder when this process has added events."""
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
            if await self._added():
                self._database.outbox_added.clear()
                await self._wake_leader(broker)

    async def _wake_leader(self, broker: NatsBroker) -> None:
        try:
            await broker.connection.publish(wake_subject(self._service))
        except nats.errors.Error:
            return  # the leader polls

    async def _added(self) -> bool:
        try:
            async with asyncio.timeout(_POLL_SECONDS):
                await self._database.outbox_added.wait()
        except TimeoutError:
            return False
        return True

    async def _lead(self, connection: asyncpg.Connection, broker: NatsBroker) -> None:
        """Publishes on the connection that holds the lock: when that is lost, nothing more can be moved."""
        log.info("relay.leading")
        self._leading = True
        loop = asyncio.get_running_loop()
        partitions_due = loop.time()
        while True:
            if loop.time() >= partitions_due:
                await event_log.make_partitions(connection)
                partitions_due = loop.time() + _PARTITION_SECONDS
            self._database.outbox_added.clear()
            last = self._draining
            rows = await connection.fetch(_OLDEST, _BATCH)
            published = await self._publish(broker, rows)
            if published:
                await event_log.keep_published(connection, published)
            await self._pause(len(rows), len(published), last=last)

    async def _pause(self, found: int, published: int, *, last: bool) -> None:
        """Waits for more rows; with `last` they were looked for after `drain` began, so none found means none left."""
        if published < found:
            await asyncio.sleep(_POLL_SECONDS)
        elif found < _BATCH:
            if last and not found:
                self._flushed.set()
            if not self._draining or self._flushed.is_set():
                await self._added()

    async def _publish(self, broker: NatsBroker, rows: Sequence[asyncpg.Record]) -> list[int]:
        """Sends in the order of positions, several in flight; returns the positions that JetStream has stored.

        An aggregate's next event waits for the acknowledgement of the one before, so its order survives a failure.
        """
        if not broker.connection.is_connected:
            return []
        room = asyncio.Semaphore(_IN_FLIGHT)
        last: dict[str, asyncio.Task[bool]] = {}
        tasks = []
        for row in rows:
            task = asyncio.create_task(_publish_one(broker, row, room, last.get(row["aggregate_id"])))
            last[row["aggregate_id"]] = task
            tasks.append(task)
        stored = await asyncio.gather(*tasks)
        return [row["position"] for row, ok in zip(rows, stored, strict=True) if ok]


async def _publish_one(
    broker: NatsBroker, row: asyncpg.Record, room: asyncio.Semaphore, before: asyncio.Task[bool] | None
) -> bool:
    if before is not None and not await before:
        return False
    async with room:
        span = _span(row)
        with use_span(span, end_on_exit=True):
            headers = {"Nats-Msg-Id": str(row["event_id"]), "traceparent": traceparent() or row["traceparent"]}
            try:
                await event_log.send(broker, row["subject"], row["payload"], headers)
            except nats.errors.Error as error:
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                log.warning("event.publish_failed", event_id=str(row["event_id"]), error=type(error).__name__)
                return False
    return True


def _span(row: asyncpg.Record) -> Span:
    return tracer.start_span(
        f"publish {row['subject']}",
        context=remote_context({"traceparent": row["traceparent"]}),
        kind=SpanKind.PRODUCER,
        attributes={
            "messaging.system": "nats",
            "messaging.destination.name": row["subject"],
            "messaging.message.id": str(row["event_id"]),
            "pingshan.correlation_id": row["correlation_id"],
        },
    )
