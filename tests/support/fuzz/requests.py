"""The hostile requests to one route."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, cycle
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import uuid4
from zlib import crc32

from tests.support.fuzz import kinds
from tests.support.fuzz.routes import Walked
from tests.support.fuzz.wire import Sent

T = TypeVar("T")
Kinded = tuple[str, Sent]
"""A hostile request with what is wrong with it."""
FORM = b"application/x-www-form-urlencoded"
_BOUNDARY = "fuzz"
_PLAIN: Mapping[str, str] = {
    "since": "2026-11-01",
    "until": "2027-11-01",
    "starts_on": "2026-11-01",
    "ends_on": "2027-11-01",
    "effective_on": "2026-11-22",
    "expires_on": "2031-11-21",
    "mobile": "13800000009",
    "mobile_number": "13800000009",
    "consent": "yes",
    "state": "live",
    "page": "1",
    "url": "https://example.org/hook",
    "organisation": "amr",
    "language": "en",
    "hx": "1",
}


@dataclass(frozen=True)
class Caller:
    """What every request of one caller carries."""

    host: str
    cookies: bytes
    bearer: str
    csrf_token: str

    def headers(self, route: Walked, more: Sequence[tuple[str, bytes]] = ()) -> tuple[tuple[str, bytes], ...]:
        named = {name.lower() for name, _ in more}
        usual: list[tuple[str, bytes]] = [
            ("Host", (route.host or self.host).encode()),
            ("Accept", b"application/json" if route.is_api else b"text/html"),
            ("Idempotency-Key", str(uuid4()).encode()),
        ]
        if route.is_api:
            usual.append(("Authorization", f"Bearer {self.bearer}".encode()))
        else:
            usual += [("Cookie", self.cookies), ("X-CSRF-Token", self.csrf_token.encode())]
        return (*((name, value) for name, value in usual if name.lower() not in named), *more)


def chosen(route: Walked, requests: Sequence[Kinded], most: int) -> list[Kinded]:
    """Returns about `most` requests, of each kind at least one; which ones differs from route to route."""
    by_kind: dict[str, list[Kinded]] = {}
    for each in requests:
        by_kind.setdefault(each[0], []).append(each)
    found: list[Kinded] = []
    for of_kind in by_kind.values():
        wanted = max(1, len(of_kind) * most // len(requests))
        first = crc32(str(route).encode()) % len(of_kind)
        found += [of_kind[(first + number * len(of_kind) // wanted) % len(of_kind)] for number in range(wanted)]
    return found


def share(route: Walked, items: Sequence[T], parts: int) -> list[T]:
    """Returns this route's part of what one place refuses for all routes: every item reaches many of them."""
    first = crc32(str(route).encode())
    return [item for number, item in enumerate(items, first) if number % parts == 0]


def hostile(route: Walked, caller: Caller, known: Mapping[str, str]) -> Iterator[Kinded]:
    """Yields all requests, each with its kind; `known` are values of path parameters and fields that exist."""
    path = _path(route, known)
    yield from _paths(route, caller, known)
    yield from _queries(route, caller, path, known)
    yield from _headers(route, caller, path)
    if route.method in {"POST", "PUT", "PATCH", "DELETE"}:
        yield from _documents(route, caller, path, known)
        yield from _forms(route, caller, path, known)
        yield from _multiparts(route, caller, path, known)


def _path(route: Walked, known: Mapping[str, str], **changed: str) -> bytes:
    found = route.path
    for name in route.parameters:
        value = changed.get(name, known.get(name, str(uuid4())))
        for pattern in (f"{{{name}}}", f"{{{name}:uuid}}", f"{{{name}:path}}"):
            found = found.replace(pattern, value)
    return (found or "/").encode()


def _paths(route: Walked, caller: Caller, known: Mapping[str, str]) -> Iterator[Kinded]:
    texts = (
        "%00",
        "%ED%A0%80",
        "%FF",
        "%C2%B2",
        "%D9%A3",
        "%5B",
        "%E2%80%AE",
        "9" * 400,
        "x" * 3_000,
        "..%2f..%2f",
        "0",
    )
    for name in route.parameters:
        for text in texts:
            yield "path", Sent(route.method, _path(route, known, **{name: text}), caller.headers(route))
    yield "path", Sent(route.method, _path(route, known) + b"%00", caller.headers(route))
    yield "path", Sent(route.method, _path(route, known) + b"\xff", caller.headers(route))


def _queries(route: Walked, caller: Caller, path: bytes, known: Mapping[str, str]) -> Iterator[Kinded]:
    names = (*route.names, "language", "page", "page_token")
    twice = [b"&".join(f"{name}=1&{name}=2".encode() for name in names), b"=&&=%&%zz=%", b"\xff=\xff"]
    unreadable = map(kinds.percent, kinds.UNREADABLE)
    queries = [("query twice", query) for query in twice]
    queries += [
        ("query unreadable", b"&".join(name.encode() + b"=" + octets for name in names)) for octets in unreadable
    ]
    queries += [("query unreadable", query) for query in (b"%00=1", b"%ED%A0%80=1", b"state=%FF")]
    if route.method == "GET":
        queries += [("query text", urlencode(each).encode()) for each in _filled(names, known)]
    for kind, query in queries:
        yield kind, Sent(route.method, path + b"?" + query, caller.headers(route))


def _headers(route: Walked, caller: Caller, path: bytes) -> Iterator[Kinded]:
    odd: list[list[tuple[str, bytes]]] = [
        [("Host", b"[")],
        [("Host", b"\xff")],
        [("Accept-Language", b"en;q=nan, zh;q=1e999, \xff;q=\xb2")],
        [("Idempotency-Key", b"\xb2")],
        [("Referer", b"http://[")],
        [("Origin", b"\xff")],
        [("Range", b"bytes=\xb2-")],
        [("Last-Event-Id", b"\xb2")],
        [("Last-Event-Id", b"9" * 14)],
        [("traceparent", b"00-\xff-\xff-01"), ("tracestate", b"\xff")],
        [("X-Forwarded-For", b"\xff"), ("X-Forwarded-Proto", b"\xff"), ("Forwarded", b"for=\xff")],
        [("User-Agent", b"\xff" * 3_000)],
        [("Cookie", caller.cookies.partition(b";")[0] + b'x; pingshan_language="\\000\\355\\240\\200"; \xff=\xff')],
        [("Cookie", b'"\\000"="\\000"; ' + caller.cookies.replace(b"=", b'="\\000', 1))],
        [("Authorization", b"Basic " + b"//8=")],
        [("Authorization", b"Basic \xb2")],
        [("Authorization", b"Bearer \xff")],
        [("Content-Length", b"0"), ("Content-Type", b"\xff/\xff; charset=\xff")],
    ]
    tokens = [token.encode() for token in kinds.tokens()]
    forged = [[("Authorization", b"Bearer " + token), ("pingshan-service", token)] for token in tokens]
    forged += [[("Authorization", b"DPoP " + token), ("DPoP", token)] for token in tokens[:2]]
    for kind, group in (("header", odd), ("token", forged)):
        for more in share(route, group, 3):
            yield (
                kind,
                Sent(route.method, path, caller.headers(route, [each for each in more if each[0] != "Content-Length"])),
            )
    yield "method", Sent("TRACE" if route.method != "TRACE" else "GET", path, caller.headers(route))
    yield "method", Sent("\xd6DD".encode("ascii", "ignore").decode() or "ODD", path, caller.headers(route))


def _documents(route: Walked, caller: Caller, path: bytes, known: Mapping[str, str]) -> Iterator[Kinded]:
    """Yields JSON: whole bodies for every route, and each value of the document where one is declared."""
    bodies = [("json body", body) for body in kinds.BODIES]
    if route.document is not None:
        sample = sample_of(route.document, route.document, known)
        bodies += [
            ("json value", each.encode())
            for number, place in enumerate(_places(sample))
            for each in _replaced(sample, place, number)
        ]
    else:
        value = "[" * kinds.DEEP
        bodies += [
            ("json value", json.dumps(dict.fromkeys(route.names, leaf)).encode())
            for leaf in (1, [], {}, "\ud800", "\0", value)
        ]
        bodies += [
            ("json value", b"{" + b",".join(f'"{name}":{leaf}'.encode() for name in route.names) + b"}")
            for leaf in kinds.LEAVES
        ]
    for of_kind, body in bodies:
        yield of_kind, Sent(route.method, path, caller.headers(route, [("Content-Type", b"application/json")]), body)
    for charset in ("utf-7", "utf-16", "rot13"):
        kind = f"application/json; charset={charset}".encode()
        yield (
            "json charset",
            Sent(route.method, path, caller.headers(route, [("Content-Type", kind)]), b'{"a": "+AGE-"}'),
        )


def _forms(route: Walked, caller: Caller, path: bytes, known: Mapping[str, str]) -> Iterator[Kinded]:
    if route.is_api:
        return
    for fields in _filled(route.names, known):
        yield "form text", _form(route, caller, path, urlencode(fields).encode())
    twice = urlencode([(name, value) for name in route.names for value in (_plain(name, known), "x")])
    yield "form twice", _form(route, caller, path, twice.encode())
    token = b"csrf_token=" + caller.csrf_token.encode() + b"&"
    for octets in kinds.UNREADABLE:
        for value in (octets, kinds.percent(octets)):
            body = token + b"&".join(name.encode() + b"=" + value for name in route.names)
            yield "form unreadable", _form(route, caller, path, body, with_header=False)
    yield "form unreadable", _form(route, caller, path, token + b"%00=1&%ED%A0%80=2&\xff=3", with_header=False)
    many = token + b"&".join(b"a=%d" % number for number in range(3_000))
    yield "form of many", _form(route, caller, path, many, with_header=False)
    right = urlencode({name: _plain(name, known) for name in route.names}).encode()
    for charset in share(route, kinds.CHARSETS, 6):
        yield "form charset", _form(route, caller, path, right, kind=FORM + b"; charset=" + charset.encode("latin-1"))


def _form(
    route: Walked, caller: Caller, path: bytes, body: bytes, *, kind: bytes = FORM, with_header: bool = True
) -> Sent:
    headers = caller.headers(route, [("Content-Type", kind)])
    if not with_header:
        headers = tuple(each for each in headers if each[0] != "X-CSRF-Token")
    return Sent(route.method, path, headers, body)


def _multiparts(route: Walked, caller: Caller, path: bytes, known: Mapping[str, str]) -> Iterator[Kinded]:
    """Yields files in the place of texts and texts in that of files, file names, part headers, and charsets."""
    names = route.names or ("a",)
    plain = {name: _plain(name, known).encode() for name in names}
    token = _part("csrf_token", caller.csrf_token.encode())
    files = token + b"".join(_part(name, b"\xff\xfe\x00", b'; filename="a.csv"') for name in names)
    yield "file for text", _multipart(route, caller, path, files)
    twice = token + b"".join(_part(name, value) * 2 for name, value in plain.items())
    yield "part twice", _multipart(route, caller, path, twice)
    for octets in kinds.UNREADABLE:
        body = token + b"".join(_part(name, octets) for name in names)
        yield "part unreadable", _multipart(route, caller, path, body)
        marked = b'; filename="' + octets + b'.csv"'
        body = token + b"".join(_part(name, b"a;b", marked) for name in names)
        yield "part unreadable", _multipart(route, caller, path, body)
    odd = (
        b"; filename*=utf-7''%2BAGE-",
        b"; filename*=idna''x",
        b"; filename*=zip''%ff",
        b"; filename*=x",
        b"; filename",
    )
    for marked in odd:
        body = token + b"".join(_part(name, b"a", marked) for name in names)
        yield "part header", _multipart(route, caller, path, body)
    for charset in share(route, kinds.CHARSETS, 3):
        body = token + b"".join(_part(name, value + b"+2AA- \xff") for name, value in plain.items())
        yield "part charset", _multipart(route, caller, path, body, b"; charset=" + charset.encode("latin-1"))
    for body in (
        b"",
        b"--",
        b"--fuzz\r\n\r\n\r\n--fuzz--",
        b"--fuzz\r\nContent-Disposition: \xff\r\n\r\n\r\n--fuzz--\r\n",
    ):
        yield "broken parts", _multipart(route, caller, path, body, whole=True)
    kind = [("Content-Type", b"multipart/form-data")]
    yield "broken parts", Sent(route.method, path, caller.headers(route, kind), b"x")


def _multipart(
    route: Walked, caller: Caller, path: bytes, body: bytes, kind: bytes = b"", *, whole: bool = False
) -> Sent:
    headers = [("Content-Type", f"multipart/form-data; boundary={_BOUNDARY}".encode() + kind)]
    end = b"" if whole else f"--{_BOUNDARY}--\r\n".encode()
    return Sent(route.method, path, caller.headers(route, headers), body + end)


def _part(name: str, value: bytes, more: bytes = b"") -> bytes:
    head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'.encode()
    return head + more + b"\r\n\r\n" + value + b"\r\n"


def _filled(names: Sequence[str], known: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Yields forms: each text in each field once, and some of them with all other fields right."""
    right = {name: _plain(name, known) for name in names}
    yield right
    for turn in range(len(kinds.TEXTS)):
        yield {name: kinds.TEXTS[(turn + place) % len(kinds.TEXTS)] for place, name in enumerate(names)}
    alone = cycle(kinds.ALONE)
    for name in (*names, *names):
        yield right | {name: next(alone)}


def _plain(name: str, known: Mapping[str, str]) -> str:
    """Returns a value that a handler is likely to take."""
    if name in known:
        return known[name]
    if name == "request_id" or name.endswith("_id"):
        return str(uuid4())
    return _PLAIN.get(name, "测试")


def sample_of(schema: Mapping[str, Any], root: Mapping[str, Any], known: Mapping[str, str], name: str = "") -> Any:
    """Returns a document that a JSON Schema takes, as far as types go."""
    found: Any
    match schema:
        case {"$ref": reference}:
            found = sample_of(root["$defs"][reference.rpartition("/")[2]], root, known, name)
        case {"const": value} | {"enum": [value, *_]}:
            found = value
        case {"anyOf": [first, *_]} | {"oneOf": [first, *_]} | {"allOf": [first, *_]}:
            found = sample_of(first, root, known, name)
        case {"type": "object"}:
            found = {each: sample_of(inner, root, known, each) for each, inner in schema.get("properties", {}).items()}
        case {"type": "array"}:
            found = [sample_of(schema.get("items", {}), root, known, name)]
        case {"type": "integer" | "number"}:
            found = schema.get("minimum", 1)
        case {"type": "boolean"}:
            found = True
        case _:
            moments = {"date": "2026-11-22", "date-time": "2026-11-22T09:00:00+08:00", "uuid": str(uuid4())}
            found = moments.get(schema.get("format", ""), _plain(name, known))
    return found


_Place = tuple[str | int, ...]


def _places(document: Any, at: _Place = ()) -> Iterator[_Place]:
    yield at
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document if isinstance(document, list) else ())
    )
    yield from chain.from_iterable(_places(value, (*at, key)) for key, value in inner)


def _replaced(document: Any, place: _Place, turn: int) -> Iterator[str]:
    """Yields the document with a third of the hostile values at that place: the places share all of them."""
    text = json.dumps(_put(document, place, "@@"), ensure_ascii=False)
    yield from (text.replace('"@@"', leaf) for leaf in kinds.LEAVES[turn % 3 :: 3])


def _put(document: Any, place: _Place, value: Any) -> Any:
    if not place:
        return value
    copy = dict(document) if isinstance(document, dict) else list(document)
    copy[place[0]] = _put(copy[place[0]], place[1:], value)
    return copy
