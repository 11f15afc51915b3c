"""Forms are only taken from our own pages (OWASP "signed double-submit cookie", plus Origin and Fetch Metadata).

The cookie holds a seed, from which the token follows, and the seed before it. A sign-in and a sign-out change the seed,
so that nothing bound to it goes on; forms of pages that were open at that moment are still taken, once they are looked
at as whoever is signed in then.

Own code: Starlette brings none, and the middleware that others offer compares cookie and field alone.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence, Set
from hashlib import sha256

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pingshan_kit.errors import RequestForged
from pingshan_kit.http.body import FORMS, read_again
from pingshan_kit.settings import ServiceSettings

FIELD = "csrf_token"
HEADER = "x-csrf-token"
_SEPARATOR = "."
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Csrf:
    """Puts `csrf_token` into the request's state; raises RequestForged for a writing request without it.

    `browser_secret` in the state is what sign-ins in several tabs share: it lasts until a sign-out.
    `form_token` in the state is the token that a writing request came with: this one, or the one before it.
    A browser that comes for the first time gets the token's cookie with its first page; `csrf_cookie` in the state is
    for the page of a refusal, which is made outside.
    """

    def __init__(self, app: ASGIApp, settings: ServiceSettings, session_cookies: Set[str] = frozenset()) -> None:
        self._app = app
        self._session_cookies = session_cookies
        self._origin = settings.public_url
        self._cookie = f"__Host-pingshan-{settings.service}-csrf"
        self._key = settings.key("csrf_key")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        known = request.cookies.get(self._cookie)
        seed, before, first = [*(known or secrets.token_urlsafe(32)).split(_SEPARATOR), "", ""][:3]
        request.state.csrf_token = self._token(seed)
        request.state.browser_secret = self._token(first or seed)
        if known is None:
            request.state.csrf_cookie = self._set_cookie(seed)
        if request.method not in _SAFE:
            receive = await self._checked(request, [self._token(each) for each in (seed, before) if each])

        async def keep_seed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                changes = set_of(self._session_cookies, headers.raw)
                if known is not None and changes:
                    following = self._following(seed, [f"{name}={value}" for name, value in sorted(changes.items())])
                    kept = [first or seed] if any(changes.values()) else []
                    headers.append("set-cookie", self._set_cookie(_SEPARATOR.join((following, seed, *kept))))
                elif known is None and headers.get("content-type", "").startswith("text/html"):
                    headers.append("set-cookie", request.state.csrf_cookie)
            await send(message)

        await self._app(scope, receive, keep_seed)

    def _token(self, seed: str) -> str:
        return hmac.new(self._key, seed.encode(), sha256).hexdigest()

    def _following(self, seed: str, changes: Sequence[str]) -> str:
        """Returns the seed after this one: the same for both answers of a double click, which nobody else can tell."""
        content = "\n".join(("following seed", seed, *changes)).encode()
        return urlsafe_b64encode(hmac.digest(self._key, content, sha256)).decode().rstrip("=")

    def _set_cookie(self, value: str) -> str:
        return f"{self._cookie}={value}; Path=/; Secure; HttpOnly; SameSite=Lax"

    async def _checked(self, request: Request, tokens: Sequence[str]) -> Receive:
        origin = request.headers.get("origin", self._origin)
        site = request.headers.get("sec-fetch-site", "same-origin")
        if origin != self._origin or site not in {"same-origin", "none"}:
            raise RequestForged
        given = request.headers.get(HEADER)
        receive = request.receive
        if given is None and request.headers.get("content-type", "").startswith(FORMS):
            receive = read_again(await request.body(), request.receive)
            given = dict(getattr(request.state, "form_fields", ())).get(FIELD)
        fitting = [token for token in tokens if hmac.compare_digest((given or "").encode(), token.encode())]
        if not fitting:
            raise RequestForged
        request.state.form_token = fitting[0]
        return receive


def set_of(names: Set[str], headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Returns the values that an answer gives to those cookies, by name; empty for one that it takes away."""
    pairs = (
        value.decode("latin-1").partition(";")[0].partition("=") for name, value in headers if name == b"set-cookie"
    )
    return {name: value.strip('"') for name, _, value in pairs if name in names}
