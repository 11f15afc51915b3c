"""The language of a request: `?language=`, then the cookie, then Accept-Language, then Chinese."""

from collections.abc import Iterable

from pingshan_values.text import LANGUAGES
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "pingshan_language"
_YEAR = 31_536_000


class Locale:
    """Puts `language` ("zh-Hans" or "en") into the request's state and keeps a choice made by `?language=`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        chosen = request.query_params.get("language")
        request.state.language = language_of(request)

        async def keep_choice(message: Message) -> None:
            if message["type"] == "http.response.start" and chosen in LANGUAGES:
                cookie = f"{COOKIE}={chosen}; Path=/; Max-Age={_YEAR}; SameSite=Lax"
                MutableHeaders(scope=message).append("set-cookie", cookie)
            await send(message)

        await self._app(scope, receive, keep_choice)


def language_of(request: Request) -> str:
    for wish in (request.query_params.get("language"), request.cookies.get(COOKIE)):
        if wish in LANGUAGES:
            return str(wish)
    return accepted(request.headers.get("accept-language", ""))


def accepted(header: str) -> str:
    """Returns the first of our languages in the caller's order (RFC 9110 section 12.5.4), Chinese without one."""
    for tag in _by_preference(header.split(",")):
        if tag.startswith("en"):
            return "en"
        if tag.startswith("zh"):
            return "zh-Hans"
    return LANGUAGES[0]


def _by_preference(items: Iterable[str]) -> list[str]:
    weighted = [_weighted(item) for item in items if item.strip()]
    return [tag for weight, tag in sorted(weighted, key=lambda pair: -pair[0]) if weight > 0]


def _weighted(item: str) -> tuple[float, str]:
    tag, _, parameter = item.partition(";")
    name, _, value = parameter.strip().partition("=")
    try:
        weight = float(value) if name.strip() == "q" else 1.0
    except ValueError:
        weight = 0.0
    return weight, tag.strip().lower()
