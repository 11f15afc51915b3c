"""Refuses what no handler should ever see: text that is no UTF-8 or holds NUL, foreign encodings, JSON without an end,
headers that come twice and may only come once, and forms of so many fields that reading them would hold up everybody
else.

Own code: Starlette decodes what is no UTF-8 into something else, takes any encoding that Python knows from a multipart
(some raise, some make lone surrogates), reads as many fields as a form has room for (half a million in a megabyte, for
seconds), and the JSON parser reads NaN, UTF-16 and nesting up to the end of the stack.
"""

import json
from urllib.parse import parse_qsl, unquote_to_bytes

from pingshan_values import strict_json
from pingshan_values.text import is_storable
from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pingshan_kit.errors import Unreadable
from pingshan_kit.http.body import MULTIPART, URL_ENCODED

_UTF_8 = frozenset({b"utf-8", b"utf8"})
_ONCE = frozenset({b"authorization", b"content-type", b"idempotency-key"})
"""Headers of which two readers would take different ones (RFC 9110 section 5.3); of `DPoP` who reads it sees to it."""
_MOST_FILES = 100
MOST_FIELDS = 1_000
"""Fields of a query or a form, as Starlette has it for multipart."""
MOST_FORM_BYTES = 131_072
"""Of a form that is percent-encoded, which is decoded octet by octet: 14,000 Chinese characters."""


class Door:
    """Checks path, query and headers at once, a body when the handler first asks for it; there it raises Unreadable.

    The whole body is read then, within what `BodyLimit` allows. The texts of a form are left in the request's state as
    `form_fields`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            _refuse_unreadable_address(scope)
            _refuse_doubled_headers(scope)
            receive = _Body(scope, receive).receive
        await self._app(scope, receive, send)


class _Body:
    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._scope = scope
        self._receive = receive
        self._is_read = False

    async def receive(self) -> Message:
        """Returns the whole body, checked, then what follows it. Raises Unreadable."""
        if self._is_read:
            return await self._receive()
        self._is_read = True
        parts: list[bytes] = []
        while True:
            message = await self._receive()
            if message["type"] != "http.request":
                return message
            parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                break
        body = b"".join(parts)
        if body:
            fields = await _checked(self._scope, body)
            self._scope.setdefault("state", {})["form_fields"] = fields
        return {"type": "http.request", "body": body, "more_body": False}


def _refuse_unreadable_address(scope: Scope) -> None:
    """Raises Unreadable where path or query is not UTF-8 once it is percent-decoded (RFC 3986 section 2.5).

    So it does for a query of more than 1,000 fields.
    """
    raw = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogatepass")
    _text(unquote_to_bytes(raw), "path")
    query = scope.get("query_string", b"")
    _refuse_flood(query, "query")
    _text(unquote_to_bytes(query), "query")


def _refuse_doubled_headers(scope: Scope) -> None:
    named = [name for name, _ in scope["headers"] if name in _ONCE]
    if len(named) > len(set(named)):
        raise _unreadable("headers")


async def _checked(scope: Scope, body: bytes) -> list[tuple[str, str]]:
    """Returns the texts of a form, nothing for any other body. Raises Unreadable."""
    kind, options = parse_options_header(Headers(scope=scope).get("content-type", ""))
    if kind.lower() == URL_ENCODED.encode():  # percent-encoded UTF-8, whatever `charset` says (URL Standard section 5)
        return _form_fields(body)
    if options.get(b"charset", b"utf-8").lower() not in _UTF_8:
        raise _unreadable("Content-Type")
    if kind.lower() == MULTIPART.encode():
        return await _multipart_fields(scope, body)
    _refuse_unreadable_document(body)
    return []


def _form_fields(body: bytes) -> list[tuple[str, str]]:
    """Returns the texts. Raises HTTPException 413 above 131,072 octets, Unreadable for more than 1,000 fields."""
    if len(body) > MOST_FORM_BYTES:
        raise HTTPException(413)
    _refuse_flood(body, "body")
    _text(unquote_to_bytes(body), "body")
    return parse_qsl(body.decode("utf-8"), keep_blank_values=True)


async def _multipart_fields(scope: Scope, body: bytes) -> list[tuple[str, str]]:
    """Returns the texts. Raises Unreadable for names, file names and texts; what is inside a file its reader checks."""

    async def once() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    fields: list[tuple[str, str]] = []
    try:
        async with Request(scope, once).form(max_files=_MOST_FILES) as form:
            for name, value in form.multi_items():
                text = value if isinstance(value, str) else value.filename or ""
                if not is_storable((name, text)):
                    raise _unreadable("body")
                if isinstance(value, str):
                    fields.append((name, value))
    except HTTPException as error:
        raise _unreadable("body") from error
    return fields


def _refuse_unreadable_document(body: bytes) -> None:
    """Raises Unreadable where the body is not UTF-8, or JSON that no service takes; what is no JSON is not our concern.

    It looks at the body and not at its declared type, which is the caller's word.
    """
    text = _text(body, "body")
    try:
        strict_json.loads(text)
    except json.JSONDecodeError:
        return
    except strict_json.UnacceptableJson as error:
        raise _unreadable("body") from error


def _refuse_flood(fields: bytes, place: str) -> None:
    if fields.count(b"&") >= MOST_FIELDS:
        raise _unreadable(place)


def _text(octets: bytes, place: str) -> str:
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _unreadable(place) from error
    if "\0" in text:
        raise _unreadable(place)
    return text


def _unreadable(place: str) -> Unreadable:
    return Unreadable([(place, "无法读取", "This cannot be read")])
