"""One server span for a request: no send and receive noise, no health checks, no static files.

Own code: OpenTelemetry's instrumentation of ASGI takes every caller's traceparent as a parent, so that a stranger
could write into our traces, and the same holds for its gRPC servers, which `rpc.server` replaces. Starlette's own
middleware, still experimental, also notes path and query, where business ids stand.
"""

from collections.abc import Callable
from http import HTTPStatus

from opentelemetry.context import Context
from opentelemetry.trace import SpanKind, Status, StatusCode
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pingshan_kit import telemetry
from pingshan_kit.trust import Trust
from pingshan_kit.trust.jose import TokenRefused
from pingshan_kit.trust.service_tokens import HEADER

_SILENT = ("/healthz", "/readyz", "/static/", "/favicon.ico")


class Tracing:
    """Opens a request's span; `trusted` says whose traceparent is its parent, any other becomes a link."""

    def __init__(self, app: ASGIApp, trusted: Callable[[Headers], bool]) -> None:
        self._app = app
        self._trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_SILENT):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        trusted = "traceparent" in headers and self._trusted(headers)
        span = telemetry.tracer.start_as_current_span(
            scope["method"],
            context=telemetry.remote_context(headers) if trusted else Context(),
            kind=SpanKind.SERVER,
            attributes={"http.request.method": scope["method"], "url.scheme": scope["scheme"]},
            links=[] if trusted else telemetry.remote_link(headers),
        )
        with span as current:
            scope.setdefault("state", {})["trace_id"] = telemetry.trace_code()

            async def noted(message: Message) -> None:
                if message["type"] == "http.response.start":
                    current.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= HTTPStatus.INTERNAL_SERVER_ERROR:
                        current.set_status(Status(StatusCode.ERROR))
                await send(message)

            await self._app(scope, receive, noted)
            route = _pattern(scope)
            if route:
                current.update_name(f"{scope['method']} {route}")
                current.set_attribute("http.route", route)


def from_sibling(trust: Trust, headers: Headers) -> bool:
    """Returns whether the request proves to come from a sibling: only then its traceparent is a parent."""
    try:
        trust.services.verify(headers.get(HEADER, ""))
    except TokenRefused:
        return False
    return True


def _pattern(scope: Scope) -> str:
    """Returns the route's pattern below its mounts: patterns carry no ids."""
    path = getattr(scope.get("route"), "path", "")
    return f"{scope.get('root_path', '')}{path}" if path else ""
