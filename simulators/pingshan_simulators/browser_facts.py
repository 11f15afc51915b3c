"""The language of the browser, and headers that keep it from doing more than it should, for every page."""

from pingshan_values.text import LANGUAGES
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_COOKIE = "pingshan_language"
"""Name of the cookie, the same as of the platform's services: ports do not separate cookies."""


class BrowserFacts:
    def __init__(self, app: ASGIApp, issuer: str) -> None:
        self._app = app
        self._headers = {
            "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
            "img-src 'self' data:; "
            f"connect-src 'self'; form-action 'self' {issuer}; base-uri 'none'; frame-ancestors 'none'",
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
            "cache-control": "no-store",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        chosen = request.query_params.get("language")
        request.state.language = _language(request)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if chosen in LANGUAGES:
                    headers.append("set-cookie", f"{_COOKIE}={chosen}; Path=/; SameSite=Lax")
            await send(message)

        await self._app(scope, receive, with_headers)


def _language(request: Request) -> str:
    for wish in (request.query_params.get("language"), request.cookies.get(_COOKIE)):
        if wish in LANGUAGES:
            return str(wish)
    return "en" if request.headers.get("accept-language", "").startswith("en") else LANGUAGES[0]
