"""One watch: every event of a subject, in order, in this process; for live views and revocations, no effects.

An ephemeral push consumer that lives as long as this process listens, under one of the few names that the service may
use: NATS removes it seconds after its process is gone, and its name is free again. A gap, a silence or a lost
connection makes a new one after the last event seen; a stream that was made anew is read from its beginning.

Own code: FastStream's ordered subscription neither notices silence nor survives a stream that was made anew
(docs/adr/0002-bus.md).
"""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js.api import AckPolicy, ConsumerConfig, ConsumerInfo, DeliverPolicy
from nats.js.errors import APIError, NotFoundError
from opentelemetry.trace import SpanKind
from pingshan_events.base import Event
from pingshan_events.edges import STREAM_OF_SUBJECT
from pingshan_events.watch_names import watch_names
from pydantic import ValidationError

from pingshan_kit.away import unavailable
from pingshan_kit.errors import Unavailable
from pingshan_kit.events.messaging import NatsClosedError, end_where_cancelled, inbox_prefix
from pingshan_kit.events.signatures import Verifier
from pingshan_kit.ids import uuid7
from pingshan_kit.logging import log
from pingshan_kit.telemetry import mark, remote_context, tracer

_HEARTBEAT = 1.0
_SILENCE = 3.5
"""Seconds without event and heartbeat after which the consumer counts as lost."""
_ABANDONED = 5.0
"""Seconds without a listener after which NATS removes the consumer; a process that lives has made another by then."""
_PAUSE = 0.5
_UNMADE_PAUSE = 2.0
"""Seconds until JetStream is asked again for a consumer that it does not make."""
_TAKEN = 10148
"""JetStream's error code where a consumer of that name exists and is another one."""
_PATIENCE = 5.0
"""Seconds that NATS gets to make a consumer."""


Read = Callable[[str, datetime, int], None]
"""Is told how far a subject has been read: subject, creation of its stream, sequence in the stream."""


class GapError(Exception):
    """A delivery is missing: the server dropped it, or the consumer was replaced."""


class NoFreeNameError(Exception):
    """As many processes watch the subject as the service has names for it, or somebody holds them."""


class Watcher:
    """Watches one subject; sets `caught_up` once all that was in the stream at the start has been handled."""

    def __init__(
        self,
        service: str,
        event: type[Event],
        handle: Callable[[Any], Awaitable[None]],
        verifier: Verifier,
        *,
        replay: bool,
        read: Read | None = None,
    ) -> None:
        self._service = service
        self._event = event
        self._names = watch_names(service, event.subject)
        self._handle = handle
        self._verifier = verifier
        self._replay = replay
        self._read = read
        self._stream = STREAM_OF_SUBJECT[event.subject]
        self._stream_made: datetime | None = None
        self._last = 0
        self._backlog = 0
        self._backlog_ends = 0
        self.caught_up = asyncio.Event()
        self.unmade: str | None = None
        """Code of why JetStream makes no consumer for this watch; None where it did, or was not reached."""

    @property
    def subject(self) -> str:
        return self._event.subject

    async def run(self, client: Client) -> None:
        """Follows the subject until it is cancelled. Raises NatsClosedError where the connection was closed for good.

        It may notice so before nats-py has told the link.
        """
        while True:
            end_where_cancelled()
            try:
                await self._follow(client)
            except (GapError, NoFreeNameError, nats.errors.Error) as error:
                if client.is_closed:
                    raise NatsClosedError(client.options["name"]) from error
                log.info("watch.renewed", subject=self._event.subject, error=type(error).__name__, code=self.unmade)
            await asyncio.sleep(_PAUSE if self.unmade is None else _UNMADE_PAUSE)

    async def _follow(self, client: Client) -> None:
        inbox = f"{inbox_prefix(self._service)}.watch.{uuid7().hex}"
        subscription = await client.subscribe(inbox)
        try:
            made = await self._make(client, inbox)
            self._backlog = made.num_pending or 0
            if not self._backlog:
                self._note_caught_up()
            await self._receive(subscription)
        finally:
            with suppress(nats.errors.Error):
                await subscription.unsubscribe()

    async def _make(self, client: Client, inbox: str) -> ConsumerInfo:
        """Makes the consumer; notes in `unmade` why not. Raises NoFreeNameError and nats.errors.Error."""
        try:
            made = await self._take_name(client, inbox)
        except NotFoundError:
            self.unmade = None  # the stream is missing, which readiness says of it
            raise
        except (NoFreeNameError, nats.errors.Error) as error:
            self.unmade = _reason(error) if client.is_connected else None
            raise
        self.unmade = None
        return made

    async def _take_name(self, client: Client, inbox: str) -> ConsumerInfo:
        """Makes the consumer under a name that nobody holds: at random, since many processes may start at once."""
        start = await self._start(client)
        for name in random.sample(self._names, len(self._names)):
            try:
                return await _create(client, self._stream, self._config(name, inbox, start))
            except APIError as error:
                if error.err_code != _TAKEN:
                    raise
        raise NoFreeNameError

    def _config(self, name: str, inbox: str, start: dict[str, Any]) -> ConsumerConfig:
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
            **start,
        )

    async def _start(self, client: Client) -> dict[str, Any]:
        """Returns where to go on: after the last event, or at the beginning of a stream that is not the one we knew."""
        info = await client.jetstream().stream_info(self._stream)
        known, self._stream_made = self._stream_made, info.created
        self._backlog_ends = info.state.last_seq
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
            self._tell(sequence.stream)
            if delivered == self._backlog:
                self._note_caught_up()

    def _note_caught_up(self) -> None:
        """Notes that the subject has been read as far as the stream went when this consumer was made."""
        self._tell(max(self._last, self._backlog_ends))
        self.caught_up.set()

    def _tell(self, sequence: int) -> None:
        if self._read is not None and self._stream_made is not None:
            self._read(self._event.subject, self._stream_made, sequence)

    async def _show(self, message: Msg) -> None:
        """Handles an event; logs and passes over a failure, since a watch has no effects that could be lost."""
        if not await self._accepts(message):
            return None
        try:
            event = self._event.model_validate_json(message.data)
        except ValidationError:
            log.error("watch.unreadable", subject=message.subject)
            return None
        while True:
            try:
                return await self._traced(event, message)
            except Exception as error:  # noqa: BLE001 - whatever the view does, the next event is still shown
                if unavailable(error) is None:
                    log.error("watch.failed", subject=message.subject, event_id=str(event.event_id), exc_info=error)
                    return None
            await asyncio.sleep(_PAUSE)

    async def _accepts(self, message: Msg) -> bool:
        """Returns whether its publisher signed the message; waits while that cannot be told.

        Passed over, it would count as read, and a session that it ended as alive.
        """
        while True:
            try:
                return self._verifier.accepts(self._event.subject, message.headers, message.data)
            except Unavailable:
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


async def _create(client: Client, stream: str, config: ConsumerConfig) -> ConsumerInfo:
    """Makes a consumer that does not exist yet. Raises APIError.

    nats-py's `add_consumer` does not say `create`: it would update the consumer of another process of this service.
    """
    request = {"stream_name": stream, "config": config.as_dict(), "action": "create"}
    subject = f"$JS.API.CONSUMER.CREATE.{stream}.{config.name}.{config.filter_subject}"
    answer = json.loads((await client.request(subject, json.dumps(request).encode(), timeout=_PATIENCE)).data)
    if "error" in answer:
        raise APIError(**answer["error"])
    made: ConsumerInfo = ConsumerInfo.from_response(answer)
    return made


def _reason(error: Exception) -> str:
    """Returns a code for /readyz; NATS does not answer what it denies."""
    match error:
        case NoFreeNameError():
            return "NO_FREE_NAME"
        case APIError():
            return f"JETSTREAM_{error.err_code}"
        case _:
            return "NO_ANSWER"


def _is_heartbeat(message: Msg) -> bool:
    return bool(message.headers and message.headers.get("Status") == "100")
