"""One server span for a request: no send and receive noise, no health checks, no static files.

Own code: OpenTelemetry's instrumentation of ASGI takes every caller's traceparent as a parent, so that a stranger
could write into our traces, and the same holds for its gRPC servers, which `rpc.server` replaces. Starlette's own
middleware, still experimental, also notes path and query, where business ids stand.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus

from opentelemetry.context import Context, attach, detach
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, set_span_in_context
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pingshan_kit import telemetry
from pingshan_kit.acts import ONE_IN
from pingshan_kit.errors import Unavailable
from pingshan_kit.trust import Trust
from pingshan_kit.trust.jose import TokenRefused
from pingshan_kit.trust.service_tokens import HEADER

_SILENT = ("/healthz", "/readyz", "/static/", "/favicon.ico")


class Tracing:
    """Opens a request's span; `trusted` says whose traceparent is its parent, any other becomes a link.

    `rates`: of how many acts one is exported (`acts.py`), by path.
    """

    def __init__(self, app: ASGIApp, trusted: Callable[[Headers], bool], rates: Mapping[str, int]) -> None:
        self._app = app
        self._trusted = trusted
        self._rates = {path: one_in for path, one_in in rates.items() if one_in > 1}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_SILENT):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        named = "traceparent" in headers
        trusted = named and self._trusted(headers)
        attributes: dict[str, str | int] = {"http.request.method": scope["method"], "url.scheme": scope["scheme"]}
        if scope["path"] in self._rates:
            attributes[ONE_IN] = self._rates[scope["path"]]
        span = telemetry.tracer.start_span(
            scope["method"],
            context=telemetry.remote_context(headers) if trusted else Context(),
            kind=SpanKind.SERVER,
            attributes=attributes,
            links=telemetry.remote_link(headers) if named and not trusted else [],
        )
        # As `start_as_current_span` does, whose nested generators cost as much as the rest of a short request.
        token = attach(set_span_in_context(span))
        try:
            await self._traced(span, scope, receive, send)
        except Exception as error:
            span.record_exception(error)
            span.set_status(Status(StatusCode.ERROR, f"{type(error).__name__}: {error}"))
            raise
        finally:
            detach(token)
            span.end()

    async def _traced(self, span: Span, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})["trace_id"] = telemetry.trace_code()
        if not span.is_recording():
            await self._app(scope, receive, send)
            return

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                span.set_attribute("http.response.status_code", message["status"])
                if message["status"] >= HTTPStatus.INTERNAL_SERVER_ERROR:
                    span.set_status(Status(StatusCode.ERROR))
            await send(message)

        await self._app(scope, receive, noted)
        route = _pattern(scope)
        if route:
            span.update_name(f"{scope['method']} {route}")
            span.set_attribute("http.route", route)


def from_sibling(trust: Trust, headers: Headers) -> bool:
    """Returns whether the request proves to come from a sibling: only then its traceparent is a parent."""
    try:
        trust.services.verify(headers.get(HEADER, ""))
    except (TokenRefused, Unavailable):
        return False
    return True


def _pattern(scope: Scope) -> str:
    """Returns the route's pattern below its mounts: patterns carry no ids."""
    path = getattr(scope.get("route"), "path", "")
    return f"{scope.get('root_path', '')}{path}" if path else ""
