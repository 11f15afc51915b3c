"""Forms are only taken from our own pages (OWASP "signed double-submit cookie", plus Origin and Fetch Metadata).

Own code: Starlette brings none, and the middleware that others offer compares cookie and field alone.
"""

import hmac
import secrets
from hashlib import sha256

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pingshan_kit.errors import RequestForged
from pingshan_kit.settings import ServiceSettings

FIELD = "csrf_token"
HEADER = "x-csrf-token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class Csrf:
    """Puts `csrf_token` into the request's state; raises RequestForged for a writing request without it."""

    def __init__(self, app: ASGIApp, settings: ServiceSettings) -> None:
        self._app = app
        self._origin = settings.public_url
        self._cookie = f"__Host-pingshan-{settings.service}-csrf"
        self._key = settings.key("csrf_key")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        known = request.cookies.get(self._cookie)
        seed = known or secrets.token_urlsafe(32)
        token = hmac.new(self._key, seed.encode(), sha256).hexdigest()
        request.state.csrf_token = token
        if request.method not in _SAFE:
            receive = await self._checked(request, token)

        async def keep_seed(message: Message) -> None:
            if message["type"] == "http.response.start" and known is None:
                self._set_cookie(message, seed)
            await send(message)

        await self._app(scope, receive, keep_seed)

    def _set_cookie(self, message: Message, seed: str) -> None:
        headers = MutableHeaders(scope=message)
        if headers.get("content-type", "").startswith("text/html"):
            headers.append("set-cookie", f"{self._cookie}={seed}; Path=/; Secure; HttpOnly; SameSite=Lax")

    async def _checked(self, request: Request, token: str) -> Receive:
        origin = request.headers.get("origin", self._origin)
        site = request.headers.get("sec-fetch-site", "same-origin")
        if origin != self._origin or site not in {"same-origin", "none"}:
            raise RequestForged
        given = request.headers.get(HEADER)
        receive = request.receive
        if given is None and request.headers.get("content-type", "").startswith(_FORMS):
            body = await request.body()
            receive = _again(body, request.receive)
            given = await _form_field(request, body)
        if not hmac.compare_digest((given or "").encode(), token.encode()):
            raise RequestForged
        return receive


def _again(body: bytes, then: Receive) -> Receive:
    """Returns a receive channel that gives the body once more, then whatever follows."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return pending.pop() if pending else await then()

    return receive


async def _form_field(request: Request, body: bytes) -> str | None:
    async with Request(request.scope, _again(body, request.receive)).form(max_files=100) as form:
        value = form.get(FIELD)
    return value if isinstance(value, str) else None
