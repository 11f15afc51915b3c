"""The gRPC side of a service: checks every caller before a servicer sees the call."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from functools import partial
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from pingshan_values.actor import ANONYMOUS, Actor

from pingshan_kit import telemetry
from pingshan_kit.errors import (
    KIT_ERRORS,
    ErrorTable,
    Refusal,
    TooManyAtOnce,
    Unauthenticated,
    Unavailable,
    merged,
    refusal,
)
from pingshan_kit.logging import log
from pingshan_kit.rpc.callers import Callers
from pingshan_kit.rpc.context import serving
from pingshan_kit.rpc.door import MOST_REQUEST_BYTES, reading, refuse_unreadable
from pingshan_kit.rpc.peers import MOST_UNDER_WAY, Pace, address_of
from pingshan_kit.rpc.refusals import abort
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.shares import Shares
from pingshan_kit.shown_refusal import shown_refusal
from pingshan_kit.trust import ServiceCaller, trust_of
from pingshan_kit.turns import Turns

LONGEST = 30.0
"""Seconds after which a call ends whose caller set no deadline."""
LONGEST_STREAM = 300.0
"""Seconds after which a call ends that brings a stream of messages; each of them has LONGEST to arrive."""

OPTIONS = [
    ("grpc.max_receive_message_length", MOST_REQUEST_BYTES),
    ("grpc.so_reuseport", 0),
    ("grpc.max_concurrent_streams", 256),
    ("grpc.server_handshake_timeout_ms", 10_000),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.max_connection_idle_ms", 300_000),
    ("grpc.max_connection_age_ms", 600_000),
    ("grpc.max_connection_age_grace_ms", 40_000),
]
"""A peer that never finishes its greeting is cut off after 10 s, one that answers no ping after 40 s; a connection ends
in order after 10 minutes, at the latest 40 s later, so that a call whose message drips in ends too. gRPC's own limits
are two minutes for the greeting, and none for the rest (gRFC A8, A9)."""

_ATTEMPTS = "grpc-previous-rpc-attempts"
_HEALTH = "grpc.health.v1.Health/Check"
"""Not `Health/Watch`, a call that anybody could stay in; whoever gets UNIMPLEMENTED asks no more (gRFC A17)."""
_REFLECTION = "grpc.reflection.v1alpha.ServerReflection/"
_OF_FLOODS = frozenset(KIT_ERRORS[error].reason for error in (Unauthenticated, TooManyAtOnce))
"""Refusals that are given in the caller's pace."""

Adder = Callable[[grpc.aio.Server], None]
Behavior = Callable[..., Awaitable[Any]]
Streamed = Callable[[AsyncIterator[Any], "Context_"], AsyncIterator[Any]]
Context_ = grpc.aio.ServicerContext[Any, Any]


class RpcServer:
    """Serves RPCs; `adders` are the generated `add_…Servicer_to_server` functions with their servicers filled in."""

    def __init__(self, settings: ServiceSettings, adders: Sequence[Adder], errors: ErrorTable) -> None:
        self._settings = settings
        self._adders = adders
        self._errors = merged(errors)
        self._health = health.aio.HealthServicer()  # type: ignore[attr-defined]
        self._server: grpc.aio.Server | None = None
        self.started = asyncio.Event()

    async def run(self) -> None:
        """Serves until `stop`. Raises RuntimeError where the port is taken."""
        incoming = Incoming(self._settings.service, Callers(trust_of(self._settings)), self._errors)
        self._server = server = grpc.aio.server(interceptors=[incoming], options=OPTIONS)
        names = self._add_services(server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        if self._settings.environment == "embedded":
            from grpc_reflection.v1alpha import reflection

            reflection.enable_server_reflection([*names, reflection.SERVICE_NAME], server)
        server.add_insecure_port(f"{self._settings.grpc_host}:{self._settings.grpc_port}")
        await server.start()
        for name in ("", *names):
            await self._health.set(name, health_pb2.HealthCheckResponse.SERVING)
        self.started.set()
        try:
            await server.wait_for_termination()
        finally:
            await server.stop(None)

    async def stop(self) -> None:
        """Takes no new calls, and lets the running ones end for `shutdown_grace` seconds."""
        if self._server is not None:
            await self._health.enter_graceful_shutdown()
            await self._server.stop(self._settings.shutdown_grace)

    def _add_services(self, server: grpc.aio.Server) -> list[str]:
        names: list[str] = []
        for add in self._adders:
            add(_Noting(server, names))  # type: ignore[arg-type]
        return names


class _Noting:
    """Hands servicers to a server and notes their names, for health and reflection."""

    def __init__(self, server: grpc.aio.Server, names: list[str]) -> None:
        self._server = server
        self._names = names

    def add_generic_rpc_handlers(self, handlers: Sequence[Any]) -> None:
        self._names.extend(handler.service_name() for handler in handlers)
        self._server.add_generic_rpc_handlers(tuple(handlers))

    def add_registered_method_handlers(self, service: str, handlers: Mapping[str, Any]) -> None:
        with suppress(AttributeError):
            self._server.add_registered_method_handlers(service, handlers)  # type: ignore[attr-defined]


class Incoming(grpc.aio.ServerInterceptor):  # type: ignore[type-arg]
    """Checks every call's caller, and sets its deadline, trace and refusals.

    Beside unary calls it serves those that bring a stream of messages for one answer, and those whose both sides are
    streams; and reflection, where that is served.
    """

    def __init__(self, service: str, callers: Callers, errors: ErrorTable) -> None:
        self._service = service
        self._callers = callers
        self._errors = errors
        self._shares = Shares(MOST_UNDER_WAY)
        self._turns = Turns()
        self._checks, self._refusals = Pace(), Pace()

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable["grpc.RpcMethodHandler[Any, Any]"]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        handler: Any = await continuation(handler_call_details)
        method = handler_call_details.method.removeprefix("/")
        if handler is None or method.startswith(_REFLECTION):
            return handler
        if handler.stream_stream is not None:
            both = partial(self._serve_stream, method, handler.stream_stream)
            read = reading(handler.request_deserializer)
            return grpc.stream_stream_rpc_method_handler(both, read, handler.response_serializer)
        behavior = handler.unary_unary or handler.stream_unary
        if behavior is None:
            return None  # UNIMPLEMENTED

        async def checked(request: Any, context: Context_) -> Any:
            return await self._serve(method, behavior, request, context)

        async def streamed(requests: AsyncIterator[Any], context: Context_) -> Any:
            return await checked(readable(requests), context)

        if method == _HEALTH:
            return grpc.unary_unary_rpc_method_handler(
                partial(self._say_health, handler.unary_unary),
                handler.request_deserializer,
                handler.response_serializer,
            )
        read = reading(handler.request_deserializer)
        if handler.stream_unary is not None:
            return grpc.stream_unary_rpc_method_handler(streamed, read, handler.response_serializer)
        return grpc.unary_unary_rpc_method_handler(checked, read, handler.response_serializer)

    async def _say_health(self, behavior: Behavior, request: Any, context: Context_) -> Any:
        """Answers anybody, in the pace of a probe."""
        try:
            await self._checks.admit(address_of(context.peer()))
        except TooManyAtOnce as error:
            await abort(context, self._refusal(_HEALTH, error), self._service)
        return await behavior(request, context)

    async def _serve(self, method: str, behavior: Behavior, request: Any, context: Context_) -> Any:
        metadata = {key: value for key, value in context.invocation_metadata() or () if isinstance(value, str)}
        sibling = self._callers.sibling(metadata)
        address = address_of(context.peer())
        with telemetry.tracer.start_as_current_span(
            method,
            context=telemetry.remote_context(metadata) if sibling else Context(),
            kind=SpanKind.SERVER,
            attributes=_attributes(method, metadata),
            links=[] if sibling else telemetry.remote_link(metadata),
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            answer = None
            caller = sibling.service if sibling else address
            actor, refused = await self._caller(method, metadata, sibling, address)
            span.set_attribute("pingshan.caller", actor.id)
            if refused is None:
                caller = sibling.service if sibling else actor.id
                answer, refused = await self._answer(behavior, request, context, actor, caller)
            if refused is not None:
                _note(span, refused)
                if refused.rule.reason in _OF_FLOODS:
                    await self._refusals.slow_down(caller)
                await abort(context, refused, self._service)
            return answer

    async def _serve_stream(
        self, method: str, behavior: Streamed, requests: AsyncIterator[Any], context: Context_
    ) -> AsyncIterator[Any]:
        """Answers message by message; the caller is checked once, before the first is read."""
        metadata = {key: value for key, value in context.invocation_metadata() or () if isinstance(value, str)}
        sibling = self._callers.sibling(metadata)
        address = address_of(context.peer())
        with telemetry.tracer.start_as_current_span(
            method,
            context=telemetry.remote_context(metadata) if sibling else Context(),
            kind=SpanKind.SERVER,
            attributes=_attributes(method, metadata),
            links=[] if sibling else telemetry.remote_link(metadata),
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            actor, refused = await self._caller(method, metadata, sibling, address)
            span.set_attribute("pingshan.caller", actor.id)
            caller = sibling.service if sibling else (address if refused else actor.id)
            if refused is None:
                left = context.time_remaining()
                seconds = LONGEST if left is None else min(left, LONGEST)
                try:
                    with self._shares.one_of(caller), serving(actor, seconds):
                        async with asyncio.timeout(seconds):
                            async for answer in behavior(readable(requests), context):
                                yield answer
                except TimeoutError:
                    refused = refusal(Unavailable(), self._errors)
                except Exception as error:  # noqa: BLE001 - becomes a refusal
                    refused = self._refusal(method, error)
            if refused is not None:
                _note(span, refused)
                if refused.rule.reason in _OF_FLOODS:
                    await self._refusals.slow_down(caller)
                await abort(context, refused, self._service)

    async def _caller(
        self, method: str, metadata: Mapping[str, str], sibling: ServiceCaller | None, address: str
    ) -> tuple[Actor, Refusal | None]:
        """Returns who calls, or why that is not believed; a sibling proves itself without anybody else's answer."""
        try:
            with nullcontext() if sibling else self._shares.one_of(address):
                return await self._callers.check(method, metadata, sibling), None
        except Exception as error:  # noqa: BLE001 - becomes a refusal
            return ANONYMOUS, self._refusal(method, error)

    async def _answer(
        self, behavior: Behavior, request: Any, context: Context_, actor: Actor, caller: str
    ) -> tuple[Any, Refusal | None]:
        left, most = context.time_remaining(), LONGEST_STREAM if isinstance(request, AsyncIterator) else LONGEST
        seconds = most if left is None else min(left, most)
        try:
            with self._shares.one_of(caller), serving(actor, seconds):
                async with asyncio.timeout(seconds):
                    if not isinstance(request, AsyncIterator):
                        refuse_unreadable(request)
                    async with self._turn(request, caller):
                        return await behavior(request, context), None
        except TimeoutError:
            return None, refusal(Unavailable(), self._errors)
        except Exception as error:  # noqa: BLE001 - becomes a refusal
            return None, self._refusal(type(request).__name__, error)

    def _turn(self, request: Any, caller: str) -> AbstractAsyncContextManager[None]:
        """Returns the turn of a call that carries an id of its caller's; any other has none to wait for."""
        request_id = getattr(request, "request_id", "")
        return self._turns.turn((caller, request_id), caller) if request_id else nullcontext()

    def _refusal(self, act: str, error: Exception) -> Refusal:
        refused = shown_refusal(error, self._errors)
        if refused.unexpected:
            log.error("call.failed", act=act, exc_info=error)
        return refused


async def readable(requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
    """Yields the messages of a stream, each checked as a single one is. Raises Unreadable, Unavailable."""
    while True:
        try:
            async with asyncio.timeout(LONGEST):
                request = await anext(requests)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise Unavailable from error
        refuse_unreadable(request)
        yield request


def _attributes(method: str, metadata: Mapping[str, str]) -> dict[str, str]:
    """Names after OpenTelemetry's conventions; a repeated call says how often it was sent before (gRFC A6)."""
    attributes = {"rpc.system": "grpc", "rpc.service": method.partition("/")[0]}
    if metadata.get(_ATTEMPTS, "").isdecimal():
        attributes[f"rpc.grpc.request.metadata.{_ATTEMPTS}"] = metadata[_ATTEMPTS][:3]
    return attributes


def _note(span: Span, refused: Refusal) -> None:
    span.set_attribute("error.type", refused.rule.reason)
    span.set_attribute("rpc.grpc.status_code", refused.rule.grpc.value[0])
    if refused.unexpected:
        span.set_status(Status(StatusCode.ERROR, refused.rule.reason))
