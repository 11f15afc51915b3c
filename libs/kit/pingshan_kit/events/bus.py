"""Two ways to listen to events: `Consumer` (durable, for effects) and `OrderedConsumer` (every process, for views).

FastStream connects, publishes and fetches; what is acknowledged when is decided here (docs/adr/0002-bus.md). Streams
are made by the deploy step; a service makes its own durables and watches. The rights that NATS must give a service for
that, all below its user:

    publish    <own subjects>
               relay.<service>.wake
               $JS.API.STREAM.INFO.<stream>                                       of each watched stream
               $JS.API.CONSUMER.CREATE.<stream>.<service>__<usecase>.<subject>    of each durable
               $JS.API.CONSUMER.INFO.<stream>.<service>__<usecase>                of each durable
               $JS.API.CONSUMER.MSG.NEXT.<stream>.<service>__<usecase>            of each durable
               $JS.ACK.<stream>.<service>__<usecase>.>                            of each durable
               $JS.API.CONSUMER.CREATE.<stream>.*.<subject>                       of each watched subject
               identity.heartbeat                                                 identity only
    subscribe  _INBOX.<service>.>
               relay.<service>.wake
               identity.heartbeat

A watch is an ephemeral push consumer named `<service>_watch_<random>` that delivers to `_INBOX.<service>.<its name>`,
acknowledges nothing and disappears by itself: no other right is needed. The names of other services' durables are
denied, because `*` in the watch's right would otherwise let a service change them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from nats.aio.msg import Msg
from pingshan_events.base import Event
from pingshan_events.edges import DURABLES, WATCHES, Durable
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_kit.events.consume import RETRY_SECONDS, Subscriber
from pingshan_kit.events.dead_letters import DeadConsumer, DeadLetters
from pingshan_kit.events.messaging import Link
from pingshan_kit.events.watch import Watcher
from pingshan_kit.logging import log
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.storage.database import Database

_DRAIN_SECONDS = 10.0

E = TypeVar("E", bound=Event)


class UndeclaredEdgeError(Exception):
    """edges.yaml does not let this service listen to the subject."""


@dataclass(frozen=True)
class Consumer(Generic[E]):
    """Applies an effect once per event, whatever is killed or delivered twice: `handle` shares the inbox's transaction.

    Where `handle` raises, it runs again later; after the last delay the event is a dead letter. `handle` enqueues
    outside effects as jobs.
    """

    usecase: str
    event: type[E]
    handle: Callable[[AsyncConnection, E], Awaitable[None]]


@dataclass(frozen=True)
class OrderedConsumer(Generic[E]):
    """Runs `handle` in every process for every event, in order; with `replay` also for those already in the stream."""

    event: type[E]
    handle: Callable[[E], Awaitable[None]]
    replay: bool = False


@dataclass(frozen=True)
class Signal:
    """Listens to a core NATS subject: nothing is kept, and a process that is away misses messages (heartbeats)."""

    subject: str
    handle: Callable[[bytes], Awaitable[None]]


class Bus:
    """Runs consumers, watches and signals until it is cancelled or raises; while NATS is away it is `degraded`."""

    def __init__(
        self,
        settings: ServiceSettings,
        database: Database,
        consumers: Sequence[Consumer[Any]],
        watches: Sequence[OrderedConsumer[Any]],
        signals: Sequence[Signal] = (),
        *,
        retry_seconds: Sequence[float] = RETRY_SECONDS,
    ) -> None:
        """Raises UndeclaredEdgeError where edges.yaml does not declare a consumer or a watch."""
        self._link = Link(settings, "events")
        self._signals = signals
        self._draining = asyncio.Event()
        self._subscribers = [
            Subscriber(
                durable_of(settings.service, consumer),
                consumer.event,
                consumer.handle,
                database,
                retry_seconds,
                self._draining,
                asyncio.Event(),
            )
            for consumer in consumers
        ]
        self._watchers = [_watcher(settings.service, watch) for watch in watches]
        self.ready = asyncio.Event()
        """Set once every watch has shown what it had to replay."""

    @property
    def degraded(self) -> bool:
        return self._link.degraded

    async def run(self) -> None:
        try:
            broker = await self._link.connect()
            client = broker.connection
            for signal in self._signals:
                await client.subscribe(signal.subject, cb=_receiver(signal))
            async with asyncio.TaskGroup() as group:
                group.create_task(self._link.watch_closed())
                group.create_task(self._become_ready())
                for watcher in self._watchers:
                    group.create_task(watcher.run(client))
                for subscriber in self._subscribers:
                    group.create_task(subscriber.run(broker))
        finally:
            await self._link.close()

    async def drain(self) -> None:
        """Takes no new message; returns when the one in hand of each consumer is done, or after ten seconds."""
        self._draining.set()
        if not self.degraded:
            with suppress(TimeoutError):
                async with asyncio.timeout(_DRAIN_SECONDS):
                    await asyncio.gather(*(part.stopped.wait() for part in self._subscribers))

    async def send(self, subject: str, data: bytes) -> None:
        """Sends a core NATS message, for a `Signal`; sends nothing while NATS is away. Raises nats.errors.Error."""
        if self._link.client is not None and not self.degraded:
            await self._link.client.publish(subject, data)

    async def _become_ready(self) -> None:
        for watcher in self._watchers:
            await watcher.caught_up.wait()
        self.ready.set()


def durable_of(service: str, consumer: Consumer[Any]) -> Durable:
    """Returns the declared edge of this consumer. Raises UndeclaredEdgeError."""
    for durable in DURABLES:
        declared = (durable.service, durable.usecase, durable.subject)
        if declared == (service, consumer.usecase, consumer.event.subject):
            return durable
    raise UndeclaredEdgeError(f"{service} may not consume {consumer.event.subject} for {consumer.usecase}")


def dead_letters(settings: ServiceSettings, database: Database, consumers: Sequence[Consumer[Any]]) -> DeadLetters:
    """Returns the dead letters of these consumers; needs no connection to NATS. Raises UndeclaredEdgeError."""
    known = [
        DeadConsumer(durable_of(settings.service, consumer).name, consumer.event, consumer.handle)
        for consumer in consumers
    ]
    return DeadLetters(database, known)


def _watcher(service: str, watch: OrderedConsumer[Any]) -> Watcher:
    if watch.event.subject not in WATCHES.get(service, frozenset()):
        raise UndeclaredEdgeError(f"{service} may not watch {watch.event.subject}")
    return Watcher(service, watch.event, watch.handle, replay=watch.replay)


def _receiver(signal: Signal) -> Callable[[Msg], Awaitable[None]]:
    async def receive(message: Msg) -> None:
        try:
            await signal.handle(message.data)
        except Exception as error:  # noqa: BLE001 - one bad signal must not end the subscription
            log.error("signal.failed", subject=message.subject, exc_info=error)

    return receive
