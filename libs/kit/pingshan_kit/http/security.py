"""Headers that every answer carries, and the limit on what may be sent.

Own code: Starlette's limit looks at the declared length only when a handler asks for the body, and may answer in plain
text, where every refusal of ours is a problem document with its code.
"""

from collections.abc import Iterable, Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pingshan_kit.settings import ServiceSettings

_TWO_YEARS = 63_072_000
_STATIC = "public, max-age=300"


def content_security_policy(settings: ServiceSettings, extra: Mapping[str, Iterable[str]]) -> str:
    """Returns a policy that allows nothing but our own scripts, styles, images and connections, and no frame.

    Browsers check `form-action` along redirects, too: signing out posts here and is redirected to the issuer.
    `extra` adds sources to a directive.
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
    for directive, sources in extra.items():
        policy.setdefault(directive, []).extend(sources)
    return "; ".join(f"{directive} {' '.join(dict.fromkeys(sources))}" for directive, sources in policy.items())


class SecurityHeaders:
    """Sets the headers that an answer does not set itself."""

    def __init__(self, app: ASGIApp, settings: ServiceSettings, policy: str) -> None:
        self._app = app
        self._headers = {
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
            self._headers["strict-transport-security"] = f"max-age={_TWO_YEARS}; includeSubDomains"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", _STATIC if scope["path"].startswith("/static/") else "no-store")
            await send(message)

        await self._app(scope, receive, with_headers)


class BodyLimit:
    """Refuses a body above `limit` bytes with 413, by its declared length or when it grows beyond."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "0")
        if not declared.isdecimal() or int(declared) > self._limit:
            raise HTTPException(413)
        received = 0

        async def limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._limit:
                raise HTTPException(413)
            return message

        await self._app(scope, limited, send)
