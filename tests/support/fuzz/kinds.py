"""What hostile callers send, by kind: values that a handler sees, and what the door refuses before."""

import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_from_bytes

DEEP = 3_000
"""Levels of nesting that no parser of ours may follow."""

TEXTS: tuple[str, ...] = (
    "",
    "²",
    "٣",
    "0001-01-01",
    "9999-12-31",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "NaN",
    "-Infinity",
    "1e400",
    "-1",
    "9" * 40,
    "9" * 5_000,
    "[",
    '{"a": [1e400, "\\ud800"]}',
    "[" * DEEP,
    "\u202e\u2028\ufeff",
    "文" * 3_000,
    "%00",
    "\\",
    "http://[",
    "00000000-0000-0000-0000-000000000000",
    "a\r\nb",
    "ẞ" * 70,
)
"""Every one is text that a form may hold."""

ALONE: tuple[str, ...] = ("²", "9999-12-31", "0001-01-01T00:00:00+14:00", "[" * DEEP, "9" * 40, "x" * 400)
"""Those that are tried in each field with all the others right."""

UNREADABLE: tuple[bytes, ...] = (b"\x00", b"a\x00b", b"\xed\xa0\x80", b"\xff\xfe", b"\xc0\x80", b"\xf4\x90\x80\x80")
"""NUL, a lone surrogate, and what is no UTF-8 (RFC 3629)."""

CHARSETS: tuple[str, ...] = (
    "utf-7",
    "utf-16",
    "utf-32",
    "idna",
    "punycode",
    "rot13",
    "zip",
    "base64",
    "hex",
    "unicode_escape",
    "raw_unicode_escape",
    "undefined",
    "mbcs",
    "utf-8-sig",
    "latin-1",
    "no-such",
    '"utf-7"',
    "\xff",
)

LEAVES: tuple[str, ...] = (
    "NaN",
    "-Infinity",
    "1e400",
    "9" * 40,
    "-1",
    "1.5",
    "true",
    "null",
    "[]",
    "[[]]",
    "{}",
    '{"a": {"a": 1}}',
    '"\\u0000"',
    '"\\ud800"',
    '["\\udfff"]',
    '{"\\u0000": 1}',
    '{"\\ud800": 1}',
    '""',
    '"²"',
    '"0001-01-01"',
    '"9999-12-31"',
    '"0001-01-01T00:00:00+14:00"',
    '"9999-12-31T23:59:59-14:00"',
    '"' + "x" * 5_000 + '"',
    "[" * 200 + "]" * 200,
    "[" * DEEP + "]" * DEEP,
    '{"a":' * DEEP + "1" + "}" * DEEP,
)
"""JSON in the place of a value."""

BODIES: tuple[bytes, ...] = (
    b"",
    b"null",
    b"[]",
    b'"text"',
    b"1",
    b"NaN",
    b"{",
    b"\xff\xfe{\x00}\x00",
    b'\xef\xbb\xbf{"a": 1}',
    b'{"a": "\xed\xa0\x80"}',
    b'{"a": "\x00"}',
    b'{"a": 1, "a": 2}',
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"9" * 10_000,
    b"1e999999999",
)


def percent(octets: bytes) -> bytes:
    return quote_from_bytes(octets, safe="").encode()


def tokens() -> Iterator[str]:
    """JWTs without a right signature, whose header or claims are hostile."""
    good = {"alg": "ES256", "typ": "at+jwt", "kid": "test-issuer"}
    for kind in ("at+jwt", "pingshan-service+jwt", "dpop+jwt", "logout+jwt", "JWT"):
        yield _token(good | {"typ": kind}, {"iss": "\ud800", "sub": "\x00"})
    yield _token(good | {"kid": "\ud800"}, {})
    yield _token(good | {"kid": "\x00"}, {})
    yield _token(good | {"kid": ["a"], "typ": {}}, {})
    yield _token(good | {"alg": ["ES256"]}, {})
    yield ".".join(map(_part, (b"[" * DEEP, b"{}", b"x")))
    yield ".".join(map(_part, (json.dumps(good).encode(), b'{"exp": NaN, "iat": 1e400}', b"x")))
    yield ".".join(map(_part, (json.dumps(good).encode(), b'{"a":' * DEEP, b"x")))
    yield ".".join(map(_part, (b"\xff\xfe", b"\xff\xfe", b"x")))
    yield "a.b.²"


def _token(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return ".".join(map(_part, (json.dumps(header).encode(), json.dumps(claims).encode(), b"x" * 64)))


def _part(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
