"""Answers to refused and failed requests: problem+json (RFC 9457) for programs, a page for people."""

from collections.abc import Mapping
from html import escape
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from jinja2 import Environment
from pingshan_values.errors import DomainError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pingshan_kit import telemetry
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
    TooManyAtOnce,
)
from pingshan_kit.fetch_metadata import is_script
from pingshan_kit.http.locale import language_of
from pingshan_kit.http.validation import invalid_request
from pingshan_kit.logging import log
from pingshan_kit.page_above import page_above
from pingshan_kit.shown_refusal import shown_refusal
from pingshan_kit.site import site_of
from pingshan_kit.trust.challenges import challenges, presented
from pingshan_kit.trust.dpop import ProofRefused

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
        if not hasattr(request.state, "language"):  # by the lean door, which looks for it only here
            request.state.language = language_of(request)
        if refused.unexpected:
            log.error("request.failed", method=request.method, path=_route(request), exc_info=error)
        telemetry.note_refusal(refused.rule.reason)
        headers = _headers(request, error, refused)
        if _wants_page(request, refused):
            if refused.rule is METHOD_NOT_ALLOWED and (above := _page_above(request)):
                return RedirectResponse(above, 303)
            return self._page(request, refused, headers)
        return JSONResponse(document(request, refused), refused.http, headers, media_type=MEDIA_TYPE)

    def _refusal(self, error: Exception) -> Refusal:
        if isinstance(error, HTTPException) and isinstance(error.__cause__, DomainError):
            return shown_refusal(error.__cause__, self._table)  # raised while FastAPI read the body
        if isinstance(error, HTTPException):
            unknown = INTERNAL if error.status_code >= 500 else INVALID_REQUEST
            return Refusal(_BY_STATUS.get(error.status_code, unknown), {})
        if isinstance(error, RequestValidationError):
            return shown_refusal(invalid_request(error), self._table)
        return shown_refusal(error, self._table)

    def _page(self, request: Request, refused: Refusal, headers: Mapping[str, str]) -> Response:
        def page() -> str:
            sign_in = site_of(request).sign_in
            context = {
                "request": request,
                "problem": document(request, refused),
                "retry": _repeatable(request),
                "another": None if sign_in is None else sign_in.another_address(request),
            }
            return self._templates.select_template(["error.html", "ui/error.html"]).render(context)

        try:
            in_both_languages: Any = self._templates.globals["in_both_languages"]
            html = in_both_languages(request, page)
        except Exception as error:  # noqa: BLE001 - the page that explains a failure must not fail itself
            log.error("error_page.failed", exc_info=error)
            html = _plain(document(request, refused))
        response = HTMLResponse(html, refused.http, headers)
        if cookie := getattr(request.state, "csrf_cookie", None):  # its forms are of our own page, as on every other
            response.headers.append("set-cookie", cookie)
        return response


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


def _challenge(request: Request, error: Exception) -> str:
    """Returns what the client must do to be let in: sign in, or sign in at a higher level (RFC 9470 section 3)."""
    sent = presented(request.headers.get("authorization", ""))
    scheme = sent[0] if sent is not None else None
    if isinstance(error, LevelTooLow):
        level = str(error.params["level"])
        return challenges(scheme, error="insufficient_user_authentication", acr_values=level)
    if scheme is None:
        return challenges(None)
    return challenges(scheme, error="invalid_dpop_proof" if isinstance(error, ProofRefused) else "invalid_token")


def _headers(request: Request, error: Exception, refused: Refusal) -> dict[str, str]:
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    if refused.http == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = _challenge(request, error)
    if refused.http == HTTPStatus.SERVICE_UNAVAILABLE or isinstance(error, TooManyAtOnce):
        headers["Retry-After"] = str(_RETRY_SECONDS)
    if "retry_after" in refused.params:
        headers["Retry-After"] = str(refused.params["retry_after"])
    return headers


def _wants_page(request: Request, refused: Refusal) -> bool:
    """Returns False also for a script that is not signed in: a page of it has the words that say how to go on."""
    if request.url.path.startswith("/v1/") or (refused.http == HTTPStatus.UNAUTHORIZED and is_script(request)):
        return False
    return "text/html" in request.headers.get("accept", "") or "hx-request" in request.headers


def _page_above(request: Request) -> str | None:
    """Returns the nearest page above an address that only takes forms, where such a form stands.

    People get there who choose another language on the answer to a form, load it again or kept its address. None where
    there is no page above, or nobody looks for a page.
    """
    if request.method not in {"GET", "HEAD"} or not hasattr(request.state, "csrf_token"):
        return None
    return page_above(request)


def _repeatable(request: Request) -> str | None:
    """Returns path and query to try again; None where that could do something twice, or lead to another host."""
    url = request.url
    if request.method != "GET" or url.path.startswith("//"):
        return None
    return str(url.replace(scheme="", netloc=""))


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
        except ClientDisconnect:
            return  # nobody is there to be answered, and nothing here has failed
        except Exception as error:
            if finished:
                return
            response = await self._problems.answer(Request(scope, receive), error)
            if started:
                raise
            await response(scope, receive, send)
