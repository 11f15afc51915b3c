"""Calls to siblings."""

import asyncio
from collections.abc import Callable
from typing import Any

import grpc
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from pingshan_kit import telemetry
from pingshan_kit.rpc.context import person_for_whom, seconds_left
from pingshan_kit.rpc.methods import is_read
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.trust.service_tokens import HEADER, ServiceTokens

DEADLINE = 5.0
"""Seconds that a call gets where the caller names none; never more than what is left of the call being served."""

_PAUSES = (0.1, 0.2, 0.4)
_OPTIONS = [
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.enable_retries", 0),
]


def channel(settings: ServiceSettings, target: str) -> grpc.aio.Channel:
    """A channel to a sibling by its folder name. ValueError where edges.yaml gives this service no way there.

    Every call is signed, has a deadline, carries the trace, and is repeated while the sibling is unavailable if it is
    a read or carries a `request_id`. Failures are grpc.aio.AioRpcError: pass them to `raise_from`.
    """
    outgoing: Any = Outgoing(ServiceTokens(settings), target)
    return grpc.aio.insecure_channel(settings.rpc_address(target), options=_OPTIONS, interceptors=[outgoing])


class Outgoing(grpc.aio.UnaryUnaryClientInterceptor):  # type: ignore[type-arg]
    def __init__(self, tokens: ServiceTokens, target: str) -> None:
        self._tokens = tokens
        self._target = target

    async def intercept_unary_unary(
        self, continuation: Callable[..., Any], client_call_details: grpc.aio.ClientCallDetails, request: Any
    ) -> Any:
        method = _name(client_call_details.method)
        attributes = _attributes(method)
        with telemetry.tracer.start_as_current_span(method, kind=SpanKind.CLIENT, attributes=attributes) as span:
            timeout = _timeout(client_call_details.timeout)
            try:
                async with asyncio.timeout(timeout + 1):
                    for pause in self._pauses(method, request):
                        call = await continuation(self._details(client_call_details, timeout), request)
                        code = await call.code()
                        if code is not grpc.StatusCode.UNAVAILABLE or pause is None:
                            break
                        span.add_event("retry")
                        await asyncio.sleep(pause)
                        timeout = max(timeout - pause, 0.05)
            except TimeoutError as error:
                # A starved process notices gRPC's own deadline too late: for the caller it is the same.
                code, nothing = grpc.StatusCode.DEADLINE_EXCEEDED, grpc.aio.Metadata()
                _note(span, code)
                raise grpc.aio.AioRpcError(code, nothing, nothing, "deadline exceeded", "") from error
            _note(span, code)
            return call

    @staticmethod
    def _pauses(method: str, request: Any) -> tuple[float | None, ...]:
        """Seconds to wait before the next attempt; None after the last."""
        repeatable = is_read(method) or bool(getattr(request, "request_id", ""))
        return (*_PAUSES, None) if repeatable else (None,)

    def _details(self, details: grpc.aio.ClientCallDetails, timeout: float) -> grpc.aio.ClientCallDetails:
        metadata = grpc.aio.Metadata(*(details.metadata or ()))
        metadata[HEADER] = self._tokens.sign(self._target, person_for_whom())
        traceparent = telemetry.traceparent()
        if traceparent:
            metadata["traceparent"] = traceparent
        return grpc.aio.ClientCallDetails(
            details.method, timeout, metadata, details.credentials, details.wait_for_ready
        )


def _name(method: str | bytes) -> str:
    return (method.decode() if isinstance(method, bytes) else method).removeprefix("/")


def _attributes(method: str) -> dict[str, str]:
    service, _, name = method.partition("/")
    return {"rpc.system": "grpc", "rpc.service": service, "rpc.method": name}


def _timeout(wanted: float | None) -> float:
    left = seconds_left()
    wish = DEADLINE if wanted is None else wanted
    return max(wish if left is None else min(wish, left), 0.05)


def _note(span: Span, code: grpc.StatusCode) -> None:
    span.set_attribute("rpc.grpc.status_code", code.value[0])
    if code is not grpc.StatusCode.OK:
        span.set_status(Status(StatusCode.ERROR, code.name))
