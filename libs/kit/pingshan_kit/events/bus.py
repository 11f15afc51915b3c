"""Two ways to listen to events: `Consumer` (durable, for effects) and `OrderedConsumer` (every process, for views).

FastStream connects, publishes and fetches; what is acknowledged when is decided here (docs/adr/0002-bus.md). Streams
are made by the deploy step; a service makes its own durables and watches. The rights that NATS must give a service for
that, all below its user:

    publish    <own subjects>
               relay.<service>.wake
               $JS.API.STREAM.INFO.<stream>                                       of each own and each watched stream
               $JS.API.CONSUMER.CREATE.<stream>.<service>__<usecase>.<subject>    of each durable
               $JS.API.CONSUMER.INFO.<stream>.<service>__<usecase>                of each durable
               $JS.API.CONSUMER.MSG.NEXT.<stream>.<service>__<usecase>            of each durable
               $JS.ACK.<stream>.<service>__<usecase>.>                            of each durable
               $JS.API.CONSUMER.CREATE.<stream>.<name of a watch>.<subject>       of each watched subject
               identity.heartbeat                                                 identity only
    subscribe  _INBOX.<service>.>
               relay.<service>.wake
               identity.heartbeat

A watch is an ephemeral push consumer that delivers to `_INBOX.<service>.watch.<random>`, acknowledges nothing and
disappears by itself: no other right is needed. It takes a free one of the few names that `pingshan_events.watch_names`
lists, so that a service can neither change other services' durables nor use up the consumers of a stream
(docs/adr/0009-watch-names.md).

What a service may ask of JetStream it may have answered to any subject of the services' account, and delivered to any
of JetStream's. So no listener believes a subject: each checks the publisher's signature (`signatures.py`). JetStream
obeys what is published in its own account, which therefore is not the services' (docs/adr/0008-accounts.md).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from nats.aio.client import Client
from nats.aio.msg import Msg
from pingshan_events.base import Event
from pingshan_events.edges import DURABLES, WATCHES, Durable
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_kit.errors import Unavailable
from pingshan_kit.events.consume import RETRY_SECONDS, Subscriber
from pingshan_kit.events.dead_letters import DeadConsumer, DeadLetters
from pingshan_kit.events.messaging import Link
from pingshan_kit.events.signatures import Verifier
from pingshan_kit.events.watch import Read, Watcher
from pingshan_kit.logging import log
from pingshan_kit.redaction import Sayable
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.storage.database import Database

_DRAIN_SECONDS = 10.0

E = TypeVar("E", bound=Event)


class UndeclaredEdgeError(Sayable):
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
    read: Read | None = None
    """Is told how far the subject has been read."""


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
        self.verifier = Verifier(settings.service_jwks)
        """Knows how many messages were refused."""
        self._signals = signals
        self._draining = asyncio.Event()
        self._subscribers = [
            Subscriber(
                durable_of(settings.service, consumer),
                consumer.event,
                consumer.handle,
                database,
                self.verifier,
                retry_seconds,
                self._draining,
                asyncio.Event(),
            )
            for consumer in consumers
        ]
        self._watchers = [_watcher(settings.service, watch, self.verifier) for watch in watches]
        self.ready = asyncio.Event()
        """Set once every watch has shown what it had to replay."""

    @property
    def degraded(self) -> bool:
        return self._link.degraded

    @property
    def client(self) -> Client | None:
        """Returns the connection; None before the first one."""
        return self._link.client

    @property
    def unwatched(self) -> dict[str, str]:
        """Returns the subjects for which JetStream makes no consumer, and why; nothing while it cannot be asked."""
        if self.degraded:
            return {}
        return {watcher.subject: watcher.unmade for watcher in self._watchers if watcher.unmade is not None}

    async def run(self) -> None:
        try:
            broker = await self._link.connect()
            client = broker.connection
            for signal in self._signals:
                await client.subscribe(signal.subject, cb=_receiver(signal, self.verifier))
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
    verifier = Verifier(settings.service_jwks)
    known = [
        DeadConsumer(durable_of(settings.service, consumer).name, consumer.event, consumer.handle, verifier)
        for consumer in consumers
    ]
    return DeadLetters(database, known)


def _watcher(service: str, watch: OrderedConsumer[Any], verifier: Verifier) -> Watcher:
    if watch.event.subject not in WATCHES.get(service, frozenset()):
        raise UndeclaredEdgeError(f"{service} may not watch {watch.event.subject}")
    return Watcher(service, watch.event, watch.handle, verifier, replay=watch.replay, read=watch.read)


def _receiver(signal: Signal, verifier: Verifier) -> Callable[[Msg], Awaitable[None]]:
    async def receive(message: Msg) -> None:
        try:
            if verifier.accepts(signal.subject, message.headers, message.data):
                await signal.handle(message.data)
        except Unavailable:
            pass  # the verifier says that it cannot read its keys, once for all signals
        except Exception as error:  # noqa: BLE001 - one bad signal must not end the subscription
            log.error("signal.failed", subject=message.subject, exc_info=error)

    return receive
