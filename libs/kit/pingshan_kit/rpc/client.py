"""Calls to siblings."""

import asyncio
import json
from collections.abc import Callable, Iterable
from typing import Any

import grpc
from google.protobuf.message import Message
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from pingshan_events.edges import OPEN_RPCS, RPC_CALLERS

from pingshan_kit import telemetry
from pingshan_kit.rpc.context import person_for_whom, seconds_left
from pingshan_kit.rpc.door import MOST_REQUEST_BYTES
from pingshan_kit.rpc.methods import is_repeatable
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.trust.service_tokens import HEADER, ServiceTokens

DEADLINE = 5.0
"""Seconds that a call gets where the caller names none; never more than what is left of the call being served."""

_RETRY_POLICY = {
    "maxAttempts": 4,
    "initialBackoff": "0.1s",
    "backoffMultiplier": 2,
    "maxBackoff": "1s",
    "retryableStatusCodes": ["UNAVAILABLE", "RESOURCE_EXHAUSTED"],
}
"""A callee says in each RESOURCE_EXHAUSTED when it may be sent again, or that it may not (`rpc/refusals.py`)."""
_RETRY_THROTTLING = {"maxTokens": 100, "tokenRatio": 10.0}
"""A failed attempt takes one token, a good answer gives ten back; with 50 or fewer nothing is repeated.

So a sibling that stays away, or that chokes, gets each call once, and six good answers end that. gRPC 1.85 reads a
tokenRatio without a decimal point as thousandths.
"""

_OPTIONS = [
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    ("grpc.keepalive_time_ms", 30_000),
    # gRPC keeps 256 kB for another attempt, metadata included, and repeats nothing larger; a callee takes as much.
    ("grpc.per_rpc_retry_buffer_size", 2 * MOST_REQUEST_BYTES),
]


def channel(settings: ServiceSettings, target: str) -> grpc.aio.Channel:
    """Returns a channel to a sibling by its folder name. Raises ValueError where this service has no address for it.

    Every call is signed, has a deadline, carries the trace, and is repeated by gRPC within the deadline while the
    sibling is unavailable, if its proto says that this does no harm (gRFC A6). All attempts carry the same token: it
    outlives the deadline, and callees keep no list of tokens they have seen.
    A call that fails raises grpc.aio.AioRpcError, which the caller gives to `raise_from`.
    """
    outgoing: Any = Outgoing(ServiceTokens(settings), target)
    package = f"pingshan.{target.replace('-', '_')}."
    declared = [method for method in sorted({*RPC_CALLERS, *OPEN_RPCS}) if method.startswith(package)]
    options = [*_OPTIONS, ("grpc.service_config", service_config(declared))]
    return grpc.aio.insecure_channel(settings.rpc_address(target), options=options, interceptors=[outgoing])


def service_config(methods: Iterable[str]) -> str:
    """Returns gRPC's service config, as JSON: it repeats the methods whose proto says that this does no harm."""
    repeatable = [method.split("/") for method in methods if is_repeatable(method)]
    names = [{"service": service, "method": name} for service, name in repeatable]
    return json.dumps(
        {"methodConfig": [{"name": names, "retryPolicy": _RETRY_POLICY}], "retryThrottling": _RETRY_THROTTLING}
    )


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
            _refuse_too_large(span, request)
            timeout = _timeout(client_call_details.timeout)
            try:
                async with asyncio.timeout(timeout + 1):
                    call = await continuation(self._details(client_call_details, timeout), request)
                    code = await call.code()
            except TimeoutError as error:
                # A starved process notices gRPC's own deadline too late: for the caller it is the same.
                code, nothing = grpc.StatusCode.DEADLINE_EXCEEDED, grpc.aio.Metadata()
                _note(span, code)
                raise grpc.aio.AioRpcError(code, nothing, nothing, "deadline exceeded", "") from error
            _note(span, code)
            return call

    def _details(self, details: grpc.aio.ClientCallDetails, timeout: float) -> grpc.aio.ClientCallDetails:
        metadata = grpc.aio.Metadata(*(details.metadata or ()))
        metadata[HEADER] = self._tokens.sign(self._target, person_for_whom())
        traceparent = telemetry.traceparent()
        if traceparent:
            metadata["traceparent"] = traceparent
        return grpc.aio.ClientCallDetails(
            details.method, timeout, metadata, details.credentials, details.wait_for_ready
        )


def _refuse_too_large(span: Span, request: Message | bytes) -> None:
    """Raises what a callee's gRPC answers to a request that it does not read: without saying that this never passes,
    so that gRPC would send it four times."""
    size = len(request) if isinstance(request, bytes) else request.ByteSize()
    if size > MOST_REQUEST_BYTES:
        code, nothing = grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.aio.Metadata()
        _note(span, code)
        raise grpc.aio.AioRpcError(code, nothing, nothing, f"larger than {MOST_REQUEST_BYTES} bytes", "")


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
