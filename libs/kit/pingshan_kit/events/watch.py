"""One watch: every event of a subject, in order, in this process; for live views and revocations, no effects.

An ephemeral push consumer that lives as long as this process listens. A gap, a silence or a lost connection makes a
new one after the last event seen; a stream that was made anew is read from its beginning.

Own code: FastStream's ordered subscription neither notices silence nor survives a stream that was made anew
(docs/adr/0002-bus.md).
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from opentelemetry.trace import SpanKind
from pingshan_events.base import Event
from pingshan_events.edges import STREAM_OF_SUBJECT
from pydantic import ValidationError

from pingshan_kit.away import is_away
from pingshan_kit.events.messaging import end_where_cancelled, inbox_prefix
from pingshan_kit.ids import uuid7
from pingshan_kit.logging import log
from pingshan_kit.telemetry import mark, remote_context, tracer

_HEARTBEAT = 1.0
_SILENCE = 3.5
"""Seconds without event and heartbeat after which the consumer counts as lost."""
_ABANDONED = 30.0
_PAUSE = 0.5


class GapError(Exception):
    """A delivery is missing: the server dropped it, or the consumer was replaced."""


class Watcher:
    """Watches one subject; sets `caught_up` once all that was in the stream at the start has been handled."""

    def __init__(
        self, service: str, event: type[Event], handle: Callable[[Any], Awaitable[None]], *, replay: bool
    ) -> None:
        self._service = service
        self._event = event
        self._handle = handle
        self._replay = replay
        self._stream = STREAM_OF_SUBJECT[event.subject]
        self._stream_made: datetime | None = None
        self._last = 0
        self._backlog = 0
        self.caught_up = asyncio.Event()

    async def run(self, client: Client) -> None:
        while True:
            end_where_cancelled()
            try:
                await self._follow(client)
            except (GapError, nats.errors.Error) as error:
                if client.is_closed:
                    raise
                log.info("watch.renewed", subject=self._event.subject, error=type(error).__name__)
            await asyncio.sleep(_PAUSE)

    async def _follow(self, client: Client) -> None:
        name = f"{self._service}_watch_{uuid7().hex}"
        inbox = f"{inbox_prefix(self._service)}.{name}"
        subscription = await client.subscribe(inbox)
        try:
            config = await self._config(client, name, inbox)
            made = await client.jetstream().add_consumer(self._stream, config)
            self._backlog = made.num_pending or 0
            if not self._backlog:
                self.caught_up.set()
            await self._receive(subscription)
        finally:
            with suppress(nats.errors.Error):
                await subscription.unsubscribe()

    async def _config(self, client: Client, name: str, inbox: str) -> ConsumerConfig:
        return ConsumerConfig(
            name=name,
            deliver_subject=inbox,
            filter_subject=self._event.subject,
            ack_policy=AckPolicy.NONE,
            max_deliver=1,
            idle_heartbeat=_HEARTBEAT,
            inactive_threshold=_ABANDONED,
            mem_storage=True,
            num_replicas=1,
            **await self._start(client),
        )

    async def _start(self, client: Client) -> dict[str, Any]:
        """Returns where to go on: after the last event, or at the beginning of a stream that is not the one we knew."""
        info = await client.jetstream().stream_info(self._stream)
        known, self._stream_made = self._stream_made, info.created
        if known is None and not self._replay:
            self._last = info.state.last_seq
        elif known is None or known != info.created or info.state.last_seq < self._last:
            self._last = 0
        if not self._last:
            return {"deliver_policy": DeliverPolicy.ALL}
        return {"deliver_policy": DeliverPolicy.BY_START_SEQUENCE, "opt_start_seq": self._last + 1}

    async def _receive(self, subscription: Subscription) -> None:
        delivered = 0
        while True:
            end_where_cancelled()
            message = await subscription.next_msg(timeout=_SILENCE)
            if _is_heartbeat(message):
                if int((message.headers or {}).get("Nats-Last-Consumer", delivered)) != delivered:
                    raise GapError
                continue
            sequence = message.metadata.sequence
            if sequence.consumer != delivered + 1:
                raise GapError
            delivered = sequence.consumer
            await self._show(message)
            self._last = sequence.stream
            if delivered >= self._backlog:
                self.caught_up.set()

    async def _show(self, message: Msg) -> None:
        """Handles an event; logs and passes over a failure, since a watch has no effects that could be lost."""
        try:
            event = self._event.model_validate_json(message.data)
        except ValidationError:
            log.error("watch.unreadable", subject=message.subject)
            return None
        while True:
            try:
                return await self._traced(event, message)
            except Exception as error:  # noqa: BLE001 - whatever the view does, the next event is still shown
                if not is_away(error):
                    log.error("watch.failed", subject=message.subject, event_id=str(event.event_id), exc_info=error)
                    return None
            await asyncio.sleep(_PAUSE)

    async def _traced(self, event: Event, message: Msg) -> None:
        """Handles an event in a span, but for the replay at the start, which belongs to acts of the past."""
        if not self.caught_up.is_set():
            await self._handle(event)
            return
        context = remote_context(message.headers or {})
        attributes = {"messaging.system": "nats", "messaging.destination.name": message.subject}
        with tracer.start_as_current_span(f"watch {message.subject}", context, SpanKind.CONSUMER, attributes):
            mark(correlation_id=event.correlation_id, event_id=event.event_id)
            await self._handle(event)


def _is_heartbeat(message: Msg) -> bool:
    return bool(message.headers and message.headers.get("Status") == "100")
