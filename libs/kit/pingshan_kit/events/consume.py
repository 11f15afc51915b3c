"""One durable consumer: effects, once per service, exactly once.

Own code: FastStream's loop loses or repeats messages at every point that matters here (docs/adr/0002-bus.md lists
what was measured), so it only fetches; when to acknowledge is decided here.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import nats.errors
from faststream.middlewares import AckPolicy
from faststream.nats import JStream, NatsBroker, PullSub
from nats.aio.msg import Msg
from nats.js.api import AckPolicy as ConsumerAckPolicy
from nats.js.api import ConsumerConfig, DeliverPolicy
from opentelemetry.trace import SpanKind, Status, StatusCode
from pingshan_events.base import Event
from pingshan_events.edges import Durable
from pingshan_values.text import storable
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_kit.away import is_away, unavailable
from pingshan_kit.events import inbox
from pingshan_kit.events.dead_letters import Failure, bury, clear, count_failure
from pingshan_kit.events.messaging import NatsClosedError, end_where_cancelled, inbox_prefix
from pingshan_kit.events.signatures import Verifier, event_id_of
from pingshan_kit.logging import log
from pingshan_kit.storage.database import Database
from pingshan_kit.telemetry import mark, remote_context, tracer

RETRY_SECONDS = (1.0, 5.0, 20.0, 60.0, 300.0)
"""Delays after each failure of a handler's own; after the last one the message is a dead letter."""
_ACK_WAIT = 10.0
"""After a kill -9 the message in hand is delivered again within this time, in seconds."""
_KEEP_ALIVE = 3.0
_FETCH_SECONDS = 2.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 10.0

Handle = Callable[[AsyncConnection, Any], Awaitable[None]]


class InvalidEvent(Exception):
    """The message is not an event of the declared kind."""


@dataclass(frozen=True)
class Subscriber:
    """Pulls one message after the other: they keep their order where none fails, and none is fetched in advance."""

    durable: Durable
    event: type[Event]
    handle: Handle
    database: Database
    verifier: Verifier
    retry_seconds: Sequence[float]
    draining: asyncio.Event
    stopped: asyncio.Event

    async def run(self, broker: NatsBroker) -> None:
        """Makes the durable, pulls, and makes it again when it or its stream is gone, until the process drains.

        Raises NatsClosedError where the connection was closed for good.
        """
        pause = _FIRST_PAUSE
        while not self.draining.is_set():
            end_where_cancelled()
            try:
                await self._make_durable(broker)
                pause = _FIRST_PAUSE
                await self._pull(broker)
            except nats.errors.Error as error:
                if broker.connection.is_closed:
                    raise NatsClosedError(broker.connection.options["name"]) from error
                log.warning("consumer.interrupted", consumer=self.durable.name, error=type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
        self.stopped.set()

    async def _make_durable(self, broker: NatsBroker) -> None:
        """Makes or updates the durable: a changed configuration takes effect, a deleted consumer comes back."""
        await broker.connection.jetstream().add_consumer(
            self.durable.stream,
            ConsumerConfig(
                name=self.durable.name,
                durable_name=self.durable.name,
                filter_subject=self.durable.subject,
                deliver_policy=DeliverPolicy.ALL,
                ack_policy=ConsumerAckPolicy.EXPLICIT,
                ack_wait=_ACK_WAIT,
                max_deliver=-1,
                max_ack_pending=1000,
            ),
        )

    async def _pull(self, broker: NatsBroker) -> None:
        subscriber = broker.subscriber(
            self.durable.subject,
            durable=self.durable.name,
            stream=JStream(self.durable.stream, declare=False),
            pull_sub=PullSub(batch_size=1),
            ack_policy=AckPolicy.MANUAL,
            inbox_prefix=f"{inbox_prefix(self.durable.service)}.".encode(),
            persistent=False,
        )
        try:
            while not self.draining.is_set():
                end_where_cancelled()
                message = await subscriber.get_one(timeout=_FETCH_SECONDS)
                if message is not None:
                    async with _kept_alive(message.raw_message):
                        await self._handle_patiently(message.raw_message)
                elif broker.connection.is_closed:
                    raise nats.errors.ConnectionClosedError
        finally:
            with suppress(nats.errors.Error):
                await subscriber.stop()

    async def _handle_patiently(self, message: Msg) -> None:
        """Waits while a part that it needs is away: that never counts, and no later message would fare better."""
        pause = _FIRST_PAUSE
        while True:
            try:
                return await self._handle(message)
            except Exception as error:
                if unavailable(error) is None:
                    raise
                log.warning("consumer.paused", consumer=self.durable.name, error=type(error).__name__, seconds=pause)
            if self.draining.is_set():
                return await _answer(message.nak())
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _handle(self, message: Msg) -> None:
        """Applies an event; one that is not of its publisher is nobody's dead letter, but acknowledged and counted."""
        if not self.verifier.accepts(self.durable.subject, message.headers, message.data):
            return await _answer(message.ack())
        context = remote_context(message.headers or {})
        attributes = {"messaging.system": "nats", "messaging.destination.name": message.subject}
        with tracer.start_as_current_span(
            f"consume {self.durable.name}", context, SpanKind.CONSUMER, attributes, set_status_on_exception=False
        ) as span:
            try:
                event = self._parse(message)
                mark(correlation_id=event.correlation_id, event_id=event.event_id)
                await self._apply(event, repeated=message.metadata.num_delivered > 1)
            except Exception as error:
                if is_away(error):
                    raise
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                return await self._failed(message, error)
            return await _answer(message.ack())

    def _parse(self, message: Msg) -> Event:
        try:
            return self.event.model_validate_json(message.data)
        except ValidationError as error:
            raise InvalidEvent from error

    async def _apply(self, event: Event, *, repeated: bool) -> None:
        async with self.database.begin() as tx:
            if await inbox.first(tx, self.durable.name, event.event_id):
                await self.handle(tx, event)
                if repeated:
                    await clear(tx, "event", self.durable.name, str(event.event_id))

    async def _failed(self, message: Msg, error: Exception) -> None:
        """Asks for the message again later, or makes it a dead letter, whose row is committed before it is given up."""
        failure = self._failure(message, error)
        async with self.database.begin() as tx:
            attempts = await count_failure(tx, failure)
            dead = isinstance(error, InvalidEvent) or attempts > len(self.retry_seconds)
            if dead:
                await bury(tx, failure)
        log.error(
            "event.died" if dead else "event.failed",
            consumer=self.durable.name,
            message_id=failure.message_id,
            attempts=attempts,
            exc_info=error,
        )
        await _answer(message.term() if dead else message.nak(delay=self.retry_seconds[attempts - 1]))

    def _failure(self, message: Msg, error: Exception) -> Failure:
        headers = {storable(name): storable(value) for name, value in (message.headers or {}).items()}
        return Failure(
            source="event",
            handler=self.durable.name,
            message_id=event_id_of(headers),
            subject=message.subject,
            payload=message.data,
            headers=headers,
            code=type(error).__name__,
        )


async def _answer(answer: Awaitable[object]) -> None:
    """Answers NATS; an answer that does not arrive means a redelivery, which the inbox recognises."""
    try:
        await answer
    except nats.errors.Error as error:
        log.warning("message.unanswered", error=type(error).__name__)


@asynccontextmanager
async def _kept_alive(message: Msg) -> AsyncIterator[None]:
    """Tells NATS during the block that the message is worked on, so that NATS does not deliver it again."""
    task = asyncio.create_task(_keep_alive(message))
    try:
        yield
    finally:
        task.cancel()


async def _keep_alive(message: Msg) -> None:
    while True:
        await asyncio.sleep(_KEEP_ALIVE)
        await _answer(message.in_progress())
