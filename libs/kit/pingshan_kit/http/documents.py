"""Public documents that change seldom: their bytes are made once, and who has them still is told so (RFC 9110 13.1.2).

Own code: Starlette compares entity tags for files only.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope, Send


class Document:
    def __init__(self, content: Mapping[str, Any], cache_control: str, media_type: str = "application/json") -> None:
        self._body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        self._tag = f'"{sha256(self._body).hexdigest()[:32]}"'
        kept = {"cache-control": cache_control, "etag": self._tag}
        self._whole = Response(self._body, headers=kept, media_type=media_type)
        self._unchanged = Response(status_code=304, headers=kept)

    def answer(self, request: Request) -> Response:
        """Returns the document; 304 without it where the caller names its entity tag."""
        return _Made(self._kept(request.headers.get("if-none-match")))

    async def send(self, scope: Scope, send: Send) -> None:
        """Sends what `answer` returns, without making anything for it."""
        asked = next((value for name, value in scope["headers"] if name == b"if-none-match"), None)
        kept = self._kept(asked.decode("latin-1") if asked is not None else None)
        await send({"type": "http.response.start", "status": kept.status_code, "headers": kept.raw_headers})
        await send({"type": "http.response.body", "body": kept.body})

    def _kept(self, asked: str | None) -> Response:
        return self._unchanged if asked is not None and self._is_named_in(asked) else self._whole

    def _is_named_in(self, asked: str) -> bool:
        """Returns whether the header names this version; weak tags compare as strong ones (RFC 9110 section 13.1.2)."""
        return asked.strip() == "*" or self._tag in (each.strip().removeprefix("W/") for each in asked.split(","))


class DocumentRoute(Route):
    """Is the route of a document; `at_hand` returns it where nobody has to be asked for it first, else None."""

    def __init__(
        self,
        path: str,
        endpoint: Callable[[Request], Awaitable[Response]],
        *,
        at_hand: Callable[[], Document | None],
    ) -> None:
        super().__init__(path, endpoint)
        self.at_hand = at_hand


class _Made(Response):
    """Is an answer made of one that is kept, with headers of its own: on its way out others add theirs."""

    def __init__(self, kept: Response) -> None:
        self.status_code = kept.status_code
        self.background = None
        self.body = kept.body
        self.raw_headers = [*kept.raw_headers]
