"""Headers that every answer carries, and the limit on what may be sent.

Own code: Starlette's limit looks at the declared length only when a handler asks for the body, and may answer in plain
text, where every refusal of ours is a problem document with its code.
"""

from collections.abc import Iterable, Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pingshan_kit.settings import ServiceSettings

_TWO_YEARS = 63_072_000
_STATIC = "public, max-age=300"


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


class SecurityHeaders:
    """Sets the headers that an answer does not set itself."""

    def __init__(self, app: ASGIApp, settings: ServiceSettings, policy: str) -> None:
        self._app = app
        headers = {
            "content-security-policy": policy,
            "x-frame-options": "DENY",
            "x-content-type-options": "nosniff",
            # `no-referrer` would make browsers send `Origin: null` with our own forms.
            "referrer-policy": "same-origin",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
        }
        if settings.secure_transport:
            headers["strict-transport-security"] = f"max-age={_TWO_YEARS}; includeSubDomains"
        self._headers = [(name.encode(), value.encode()) for name, value in headers.items()]
        self._dynamic = [*self._headers, (b"cache-control", b"no-store")]
        self._static = [*self._headers, (b"cache-control", _STATIC.encode())]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = list(message.get("headers", ()))
                named = {name.lower() for name, _ in own}
                ours = self._static if scope["path"].startswith("/static/") else self._dynamic
                message["headers"] = own + [each for each in ours if each[0] not in named]
            await send(message)

        await self._app(scope, receive, with_headers)


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
