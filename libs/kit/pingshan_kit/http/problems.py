"""Answers to refused and failed requests: problem+json (RFC 9457) for programs, a page for people."""

from collections.abc import Mapping
from html import escape
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from jinja2 import Environment
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pingshan_kit import telemetry
from pingshan_kit.away import unavailable
from pingshan_kit.errors import (
    INTERNAL,
    INVALID_REQUEST,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    TOO_LARGE,
    ErrorRule,
    ErrorTable,
    LevelTooLow,
    Refusal,
    refusal,
)
from pingshan_kit.http.validation import invalid_request
from pingshan_kit.logging import log

MEDIA_TYPE = "application/problem+json"
_BY_STATUS: Mapping[int, ErrorRule] = {404: NOT_FOUND, 405: METHOD_NOT_ALLOWED, 413: TOO_LARGE}
_RETRY_SECONDS = 5


class Problems:
    """Turns exceptions into answers by the service's error table."""

    def __init__(self, table: ErrorTable, templates: Environment) -> None:
        self._table = table
        self._templates = templates

    async def answer(self, request: Request, error: Exception) -> Response:
        """Answers an exception, as a handler of Starlette and FastAPI; logs one that no table expects."""
        refused = self._refusal(error)
        if refused.unexpected:
            log.error("request.failed", method=request.method, path=_route(request), exc_info=error)
        telemetry.refuse_current(refused.rule.reason)
        headers = _headers(error, refused)
        if _wants_page(request):
            return self._page(request, refused, headers)
        return JSONResponse(document(request, refused), refused.http, headers, media_type=MEDIA_TYPE)

    def _refusal(self, error: Exception) -> Refusal:
        if isinstance(error, HTTPException):
            unknown = INTERNAL if error.status_code >= 500 else INVALID_REQUEST
            return Refusal(_BY_STATUS.get(error.status_code, unknown), {})
        if isinstance(error, RequestValidationError):
            return refusal(invalid_request(error), self._table)
        refused = refusal(error, self._table)
        away = unavailable(error) if refused.unexpected else None
        return refused if away is None else refusal(away, self._table)

    def _page(self, request: Request, refused: Refusal, headers: Mapping[str, str]) -> Response:
        problem = document(request, refused)
        context = {"request": request, "problem": problem, "retry": _repeatable(request)}
        try:
            html = self._templates.select_template(["error.html", "ui/error.html"]).render(context)
        except Exception as error:  # noqa: BLE001 - the page that explains a failure must not fail itself
            log.error("error_page.failed", exc_info=error)
            html = _plain(problem)
        return HTMLResponse(html, refused.http, headers)


def document(request: Request, refused: Refusal) -> dict[str, Any]:
    """Returns the members of RFC 9457 and our `code`, `trace_id` and `violations`, in the request's language."""
    language = getattr(request.state, "language", "zh-Hans")
    problem: dict[str, Any] = {
        "type": f"urn:pingshan:error:{refused.rule.reason}",
        "title": HTTPStatus(refused.http).phrase,
        "status": refused.http,
        "detail": refused.sentence(language),
        "code": refused.rule.reason,
        "trace_id": telemetry.trace_code(),
    }
    if refused.violations:
        problem["violations"] = [
            {"path": item.path, "message": item.en if language == "en" else item.zh} for item in refused.violations
        ]
    return problem


def _challenge(error: Exception) -> str:
    """Returns what the client must do to be let in: sign in, or sign in at a higher level (RFC 9470 section 3)."""
    if isinstance(error, LevelTooLow):
        return f'Bearer error="insufficient_user_authentication", acr_values="{error.params["level"]}"'
    return "Bearer"


def _headers(error: Exception, refused: Refusal) -> dict[str, str]:
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    if refused.http == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = _challenge(error)
    if refused.http == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(_RETRY_SECONDS)
    return headers


def _wants_page(request: Request) -> bool:
    if request.url.path.startswith("/v1/"):
        return False
    return "text/html" in request.headers.get("accept", "") or "hx-request" in request.headers


def _repeatable(request: Request) -> str | None:
    """Returns the address to try again; None where trying again could do something twice."""
    return str(request.url.replace(scheme="", netloc="")) if request.method == "GET" else None


def _plain(problem: Mapping[str, Any]) -> str:
    code = f"{problem['code']} {problem['trace_id']}"
    return f"<!doctype html><meta charset=utf-8><p>{escape(problem['detail'])}</p><p>{code}</p>"


def _route(request: Request) -> str:
    """Returns the route's pattern: a path may hold a business id, a query even more."""
    return str(getattr(request.scope.get("route"), "path", "unknown"))


class Failures:
    """Answers every exception that no handler took, with its code and trace code, never with a stack trace."""

    def __init__(self, app: ASGIApp, problems: Problems) -> None:
        self._app = app
        self._problems = problems

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = finished = False

        async def watched(message: Message) -> None:
            nonlocal started, finished
            started = True
            finished = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            if finished:
                return
            response = await self._problems.answer(Request(scope, receive), error)
            if started:
                raise
            await response(scope, receive, send)
