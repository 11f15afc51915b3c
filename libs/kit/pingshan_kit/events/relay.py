"""Outbox → JetStream → event log. One relay per service publishes: the one that leads (`leadership.py`).

Own code: reading PostgreSQL's log (Debezium and the like) needs another server and a superuser's rights, and publishes
per table, not per event. What carries the messages is FastStream's broker (docs/adr/0002-bus.md).
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

import asyncpg
import nats.errors
from faststream.nats import NatsBroker
from nats.aio.client import Client
from nats.aio.msg import Msg
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, use_span
from pingshan_events.edges import DURABLES, STREAM_OF_SUBJECT, STREAMS, Stream

from pingshan_kit.errors import Unavailable
from pingshan_kit.events import event_log
from pingshan_kit.events.event_log import Stored
from pingshan_kit.events.heartbeat import REVOCATION_STREAM, REVOCATION_SUBJECTS, Heart
from pingshan_kit.events.held_up import HeldUp
from pingshan_kit.events.leadership import ASK_SECONDS, Leadership, until_one_fails
from pingshan_kit.events.messaging import Link, wake_subject
from pingshan_kit.events.signatures import Signer
from pingshan_kit.logging import log
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.storage.database import Database
from pingshan_kit.telemetry import remote_context, traceparent, tracer

_BATCH = 256
_IN_FLIGHT = 64
_POLL_SECONDS = 1.0
_PARTITION_SECONDS = 6 * 3600
_FLUSH_SECONDS = 5.0
_PASS_SECONDS = 1.0
"""Time that JetStream gets to acknowledge a batch before the next one is sent. Who is slower holds up nobody."""

_OLDEST = """
SELECT position, event_id, subject, aggregate_id, correlation_id, traceparent, payload
FROM outbox WHERE aggregate_id <> ALL($2::text[]) AND subject <> ALL($3::text[]) ORDER BY position LIMIT $1
"""


_NEVER_LOST = {durable.subject for durable in DURABLES}.union(REVOCATION_SUBJECTS)
"""Subjects whose events have effects, or end sessions: a live view goes on without those of the past."""


class Relay:
    """Publishes the outbox while it leads, until it is cancelled or raises.

    Where the service has a heartbeat, the leader sends it every `heartbeat_seconds`; 0 means that it has none.
    """

    def __init__(self, settings: ServiceSettings, database: Database, *, heartbeat_seconds: float = 0) -> None:
        """Raises MissingSecret where the service has no key to sign with."""
        self._service = settings.service
        self._signer = Signer.from_settings(settings)
        self._heart = Heart(self._signer, heartbeat_seconds) if heartbeat_seconds else None
        self._streams = _Streams([stream for stream in STREAMS if stream.service == settings.service])
        self._database = database
        self._link = Link(settings, "relay")
        self._leading = False
        self._flushed = asyncio.Event()
        self._draining = False
        self._held_up = HeldUp()
        self._sending: _Sending = {}

    @property
    def unpublishable(self) -> Mapping[str, str]:
        """Returns the aggregates whose next event JetStream refuses, with the reason; empty where this does not lead.

        Each is tried again, from a second up to half a minute apart; all others go on.
        """
        return self._held_up.codes

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
                    leadership = Leadership(connection)
                    await self._wait_for_lock(leadership, broker)
                    await until_one_fails(self._lead(leadership, broker), self._tend(leadership, broker.connection))
            except Unavailable as error:
                log.warning("relay.lock_lost", error=type(error.__cause__).__name__)
            finally:
                self._leading = False
                self._forget()
            await asyncio.sleep(_POLL_SECONDS)

    async def _wait_for_lock(self, leadership: Leadership, broker: NatsBroker) -> None:
        """Returns once the lock is ours; until then tells its holder when this process has added events."""
        while not await leadership.won():
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

    async def _tend(self, leadership: Leadership, client: Client) -> None:
        """Keeps the lock's session answering, also while NATS does not; beats where the service has a heart."""
        while True:
            if self._heart is not None:
                await self._heart.beat(leadership, client)
            else:
                async with leadership.session() as connection:
                    await connection.execute("SELECT 1")
            await asyncio.sleep(self._heart.seconds if self._heart is not None else ASK_SECONDS)

    async def _lead(self, leadership: Leadership, broker: NatsBroker) -> None:
        """Publishes while the lock is held, and moves on its connection: when that is lost, nothing more is moved."""
        log.info("relay.leading")
        self._leading = True
        self._streams.forget()
        loop = asyncio.get_running_loop()
        partitions_due = loop.time()
        while True:
            if loop.time() >= partitions_due:
                async with leadership.session() as connection:
                    await event_log.make_partitions(connection)
                partitions_due = loop.time() + _PARTITION_SECONDS
            await self._complete_streams(leadership, broker)
            self._database.outbox_added.clear()
            last = self._draining
            rows = await self._next_rows(leadership)
            published = await self._publish(leadership, broker, rows)
            if published:
                async with leadership.session() as connection:
                    await event_log.keep_published(connection, published)
                    if self._heart is not None:
                        self._heart.note(published)
            await self._pause(len(rows), last=last, away=not broker.connection.is_connected)

    async def _next_rows(self, leadership: Leadership) -> Sequence[asyncpg.Record]:
        """Returns the oldest rows that may go.

        An aggregate waits while an event of its own is on its way or was refused just now, a stream while it is missing
        or incomplete.
        """
        aggregates = {row["aggregate_id"] for row in self._sending.values()}
        aggregates.update(self._held_up.aggregates())
        subjects = [*self._held_up.subjects(), *self._streams.incomplete_subjects]
        room = min(_BATCH, 2 * _BATCH - len(self._sending))
        async with leadership.session() as connection:
            rows: Sequence[asyncpg.Record] = await connection.fetch(_OLDEST, room, list(aggregates), subjects)
        return rows

    async def _complete_streams(self, leadership: Leadership, broker: NatsBroker) -> None:
        """Publishes again what a stream should hold and does not; until it has, its own events wait, and no others.

        A stream lost its events with its disk, or an earlier version published them unsigned. Looked at when this
        process begins to lead, whenever it has connected to NATS anew, and where a stream was missing.
        """
        held = self._held_up.subjects()
        for stream in self._streams.incomplete(broker.connection):
            if self._heart is not None and stream.name == REVOCATION_STREAM.name:
                self._heart.stop()
            if held.isdisjoint(stream.subjects) and not await self._complete(leadership, broker, stream):
                self._held_up.missing(stream.name)

    async def _complete(self, leadership: Leadership, broker: NatsBroker, stream: Stream) -> bool:
        created = await self._streams.look(broker.connection, stream)
        if created is None:
            return False
        subjects = sorted(_NEVER_LOST.intersection(stream.subjects))
        while True:
            async with leadership.session() as connection:
                rows = await event_log.missing(connection, stream, created, subjects)
            if not rows:
                break
            sending = self._send(leadership, broker, rows)
            await asyncio.wait(sending)
            stored = self._acknowledged(sending)
            async with leadership.session() as connection:
                await event_log.note_published_again(connection, stream, stored)
            log.info("relay.published_again", stream=stream.name, count=len(stored))
            if len(stored) < len(rows):
                return False
        if self._heart is not None and stream.name == REVOCATION_STREAM.name:
            async with leadership.session() as connection:
                await self._heart.begin(connection, created)
        self._streams.completed(stream)
        return True

    def _forget(self) -> None:
        """Leaves what is on its way to who leads next: a second copy is dropped by its id."""
        for task in self._sending:
            task.cancel()
        self._sending.clear()
        self._held_up.clear()

    async def _pause(self, found: int, *, last: bool, away: bool) -> None:
        """Waits for more rows; with `last` they were looked for after `drain` began, so none found means none left."""
        if away:
            self._held_up.clear()
            await asyncio.sleep(_POLL_SECONDS)
        elif found < _BATCH:
            if last and not found and not self._sending:
                self._flushed.set()
            if not self._draining or self._flushed.is_set():
                await self._added()

    async def _publish(
        self, leadership: Leadership, broker: NatsBroker, rows: Sequence[asyncpg.Record]
    ) -> list[Stored]:
        """Sends rows of the outbox, and returns what JetStream has stored by now, of these and of earlier ones."""
        if broker.connection.is_connected and rows:
            sending = self._send(leadership, broker, rows)
            self._sending.update(sending)
            await asyncio.wait(sending, timeout=_PASS_SECONDS)
        return self._acknowledged(self._sending)

    def _send(self, leadership: Leadership, broker: NatsBroker, rows: Sequence[asyncpg.Record]) -> "_Sending":
        """Begins to send in the order of positions, several in flight.

        An aggregate's next event waits for the acknowledgement of the one before, so its order survives a failure.
        """
        room = asyncio.Semaphore(_IN_FLIGHT)
        last: dict[str, asyncio.Task[int | Exception]] = {}
        sending: _Sending = {}
        for row in rows:
            before = last.get(row["aggregate_id"])
            task = asyncio.create_task(self._publish_one(leadership, broker, row, room, before))
            last[row["aggregate_id"]] = task
            sending[task] = row
        return sending

    def _acknowledged(self, sending: "_Sending") -> list[Stored]:
        """Takes out what is done, notes what was not stored, and returns what was."""
        stored, failed = [], []
        for task in [task for task in sending if task.done()]:
            row, result = sending.pop(task), task.result()
            subject, aggregate = row["subject"], row["aggregate_id"]
            if isinstance(result, Exception):
                failed.append((subject, aggregate, result))
            elif (created := self._streams.created(subject)) is not None:
                self._held_up.stored(subject, aggregate)
                stored.append(Stored(row["position"], subject, created, result))
        for subject, aggregate, error in failed:
            if self._held_up.failed(subject, aggregate, error):
                self._streams.forget(subject)
        return stored

    async def _publish_one(
        self,
        leadership: Leadership,
        broker: NatsBroker,
        row: asyncpg.Record,
        room: asyncio.Semaphore,
        before: asyncio.Task[int | Exception] | None,
    ) -> int | Exception:
        """Returns the event's sequence in its stream, or why it was not stored."""
        if before is not None and isinstance(await before, Exception):
            return _NotSent("an earlier event of its aggregate failed")
        async with room:
            if not leadership.held:
                return _NotSent("another may lead by now")
            if row["subject"] not in STREAM_OF_SUBJECT:
                log.warning("event.publish_failed", event_id=str(row["event_id"]), error="no stream")
                return KeyError(row["subject"])
            created = self._streams.created(row["subject"])
            if created is None:
                return _NotSent("its stream is not known")
            span = _span(row)
            with use_span(span, end_on_exit=True):
                try:
                    return await event_log.send(
                        broker,
                        self._signer,
                        subject=row["subject"],
                        event_id=str(row["event_id"]),
                        payload=row["payload"],
                        traceparent=traceparent() or row["traceparent"],
                        stream_created=created,
                    )
                except nats.errors.Error as error:
                    span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                    log.warning("event.publish_failed", event_id=str(row["event_id"]), error=type(error).__name__)
                    return error


_Sending = dict[asyncio.Task[int | Exception], asyncpg.Record]


class _NotSent(Exception):
    """An event was left where it is, for no fault of its own."""


class _Streams:
    """Knows when the service's streams were created, as of one connection: a lost disk shows as another time."""

    def __init__(self, streams: Sequence[Stream]) -> None:
        self._all = streams
        self._created: dict[str, datetime] = {}
        self._complete: set[str] = set()
        self._reconnects = -1

    def forget(self, subject: str | None = None) -> None:
        """Makes the stream of this subject unknown; all of them without one."""
        names = [stream.name for stream in self._all if subject is None or subject in stream.subjects]
        self._complete.difference_update(names)
        for name in names:
            self._created.pop(name, None)

    def incomplete(self, client: Client) -> list[Stream]:
        """Returns the streams that were not looked at since this connection, or not completed since then."""
        if client.stats["reconnects"] != self._reconnects:
            self.forget()
            self._reconnects = client.stats["reconnects"]
        return [stream for stream in self._all if stream.name not in self._complete]

    @property
    def incomplete_subjects(self) -> list[str]:
        return [subject for stream in self._all if stream.name not in self._complete for subject in stream.subjects]

    def completed(self, stream: Stream) -> None:
        self._complete.add(stream.name)

    def created(self, subject: str) -> datetime | None:
        """Returns when the stream of this subject was created; None where that is not known."""
        return self._created.get(STREAM_OF_SUBJECT[subject])

    async def look(self, client: Client, stream: Stream) -> datetime | None:
        """Asks NATS when the stream was created; returns None where it is missing, or NATS is away."""
        try:
            created = (await client.jetstream().stream_info(stream.name)).created
        except nats.errors.Error as error:
            log.warning("relay.stream_unknown", stream=stream.name, error=type(error).__name__)
            return None
        if created is not None:
            self._created[stream.name] = created
        return created


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
