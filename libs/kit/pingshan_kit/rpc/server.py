"""The gRPC side of a service: checks every caller before a servicer sees the call."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from pingshan_values.actor import ANONYMOUS, Actor

from pingshan_kit import telemetry
from pingshan_kit.away import unavailable
from pingshan_kit.errors import ErrorTable, Refusal, Unavailable, merged, refusal
from pingshan_kit.logging import log
from pingshan_kit.rpc.callers import Callers
from pingshan_kit.rpc.context import serving
from pingshan_kit.rpc.refusals import abort
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.trust import ServiceCaller, trust_of

LONGEST = 30.0
"""Seconds after which a call ends whose caller set no deadline."""

_MAX_MESSAGE = 4 * 1_048_576
_ATTEMPTS = "grpc-previous-rpc-attempts"
_UNCHECKED = ("grpc.health.v1.Health/", "grpc.reflection.v1alpha.ServerReflection/")

Adder = Callable[[grpc.aio.Server], None]
Behavior = Callable[..., Awaitable[Any]]
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
        options = [("grpc.max_receive_message_length", _MAX_MESSAGE), ("grpc.so_reuseport", 0)]
        self._server = server = grpc.aio.server(interceptors=[incoming], options=options)
        names = self._add_services(server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        if self._settings.environment == "embedded":
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
    """Checks every unary call's caller, and sets its deadline, trace and refusals; it offers no streaming method."""

    def __init__(self, service: str, callers: Callers, errors: ErrorTable) -> None:
        self._service = service
        self._callers = callers
        self._errors = errors

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable["grpc.RpcMethodHandler[Any, Any]"]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        handler: Any = await continuation(handler_call_details)
        method = handler_call_details.method.removeprefix("/")
        if handler is None or method.startswith(_UNCHECKED):
            return handler
        if handler.unary_unary is None:
            return None

        async def checked(request: Any, context: Context_) -> Any:
            return await self._serve(method, handler.unary_unary, request, context)

        return grpc.unary_unary_rpc_method_handler(checked, handler.request_deserializer, handler.response_serializer)

    async def _serve(self, method: str, behavior: Behavior, request: Any, context: Context_) -> Any:
        metadata = {key: value for key, value in context.invocation_metadata() or () if isinstance(value, str)}
        sibling = self._callers.sibling(metadata)
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
            actor, refused = await self._caller(method, metadata, sibling)
            span.set_attribute("pingshan.caller", actor.id)
            if refused is None:
                answer, refused = await self._answer(behavior, request, context, actor)
            if refused is not None:
                _note(span, refused)
                await abort(context, refused, self._service)
            return answer

    async def _caller(
        self, method: str, metadata: Mapping[str, str], sibling: ServiceCaller | None
    ) -> tuple[Actor, Refusal | None]:
        try:
            return await self._callers.check(method, metadata, sibling), None
        except Exception as error:  # noqa: BLE001 - becomes a refusal
            return ANONYMOUS, self._refusal(method, error)

    async def _answer(
        self, behavior: Behavior, request: Any, context: Context_, actor: Actor
    ) -> tuple[Any, Refusal | None]:
        left = context.time_remaining()
        seconds = LONGEST if left is None else min(left, LONGEST)
        try:
            with serving(actor, seconds):
                async with asyncio.timeout(seconds):
                    return await behavior(request, context), None
        except TimeoutError:
            return None, refusal(Unavailable(), self._errors)
        except Exception as error:  # noqa: BLE001 - becomes a refusal
            return None, self._refusal(type(request).__name__, error)

    def _refusal(self, act: str, error: Exception) -> Refusal:
        refused = refusal(error, self._errors)
        if refused.unexpected and (away := unavailable(error)) is not None:
            return refusal(away, self._errors)
        if refused.unexpected:
            log.error("call.failed", act=act, exc_info=error)
        return refused


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
