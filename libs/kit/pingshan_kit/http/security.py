"""Headers that every answer carries, and the limit on what may be sent.

Own code: Starlette's limit looks at the declared length only when a handler asks for the body, and may answer in plain
text, where every refusal of ours is a problem document with its code.
"""

from collections.abc import Callable, Iterable, Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pingshan_kit.settings import ServiceSettings

_TWO_YEARS = 63_072_000
_STATIC = "public, max-age=300"
_ALONE = (b"cross-origin-opener-policy", b"same-origin")
_WITH_OPENER = (b"cross-origin-opener-policy", b"unsafe-none")


def content_security_policy(
    settings: ServiceSettings,
    extra: Mapping[str, Iterable[str]],
    *,
    instead: Mapping[str, Iterable[str]] | None = None,
) -> str:
    """Returns a policy that allows nothing but our own scripts, styles, images and connections, and no frame.

    Browsers check `form-action` along redirects, too: signing out posts here and is redirected to the issuer.
    `extra` adds sources to a directive, `instead` replaces those of one.
    """
    policy: dict[str, list[str]] = {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'", settings.issuer],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
    policy |= {directive: list(sources) for directive, sources in (instead or {}).items()}
    for directive, sources in extra.items():
        policy.setdefault(directive, []).extend(sources)
    return "; ".join(f"{directive} {' '.join(dict.fromkeys(sources))}" for directive, sources in policy.items())


def keeps_no_opener(_scope: Scope) -> bool:
    """Returns False: no page keeps the window that opened it (`SecurityHeaders`)."""
    return False


class SecurityHeaders:
    """Sets the headers that an answer does not set itself.

    `keeps_opener` says of which requests the answer leaves a window with the one that opened it: with
    `Cross-Origin-Opener-Policy: same-origin` browsers part them for good, wherever the window goes on to. A redirect
    counts as well.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: ServiceSettings,
        policy: str,
        keeps_opener: Callable[[Scope], bool] = keeps_no_opener,
    ) -> None:
        self._app = app
        self._keeps_opener = keeps_opener
        headers = {
            "content-security-policy": policy,
            "x-frame-options": "DENY",
            "x-content-type-options": "nosniff",
            # `no-referrer` would make browsers send `Origin: null` with our own forms.
            "referrer-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
        }
        if settings.secure_transport:
            headers["strict-transport-security"] = f"max-age={_TWO_YEARS}; includeSubDomains"
        self._headers = [(name.encode(), value.encode()) for name, value in headers.items()]
        self._dynamic = [*self._headers, (b"cache-control", b"no-store"), _ALONE]
        self._static = [*self._headers, (b"cache-control", _STATIC.encode()), _ALONE]
        self._opened = [*self._headers, (b"cache-control", b"no-store"), _WITH_OPENER]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = list(message.get("headers", ()))
                named = {name.lower() for name, _ in own}
                message["headers"] = own + [each for each in self._ours(scope) if each[0] not in named]
            await send(message)

        await self._app(scope, receive, with_headers)

    def _ours(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        if scope["path"].startswith("/static/"):
            return self._static
        return self._opened if self._keeps_opener(scope) else self._dynamic


class BodyLimit:
    """Refuses a body above `limit` bytes with 413, by its declared length or when it grows beyond.

    One that says its length in two ways gets 400, and its connection is closed: a proxy in front may have believed the
    other one, and hold what follows for another request (RFC 9112 section 6.1).

    `larger`: limits of single paths; elsewhere a body that takes long to read is not even begun.
    """

    def __init__(self, app: ASGIApp, limit: int, larger: Mapping[str, int]) -> None:
        self._app = app
        self._limit = limit
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._larger.get(scope["path"], self._limit)
        headers = Headers(scope=scope)
        if "content-length" in headers and "transfer-encoding" in headers:
            raise HTTPException(400, headers={"connection": "close"})
        declared = headers.get("content-length", "0")
        if not declared.isdecimal() or int(declared) > limit:
            raise HTTPException(413)
        received = 0

        async def limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise HTTPException(413)
            return message

        await self._app(scope, limited, send)
