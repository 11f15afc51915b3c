"""What may be said of a failure: classes, codes, names of columns, places in the code; never a value.

Own code: messages of exceptions are written for whoever sits at the program. PostgreSQL's hold the failing row,
pydantic's the input, httpx's the address with its key. No library tells their words from their values, so none is
taken: what is said here is read from attributes that hold names and codes only.
"""

import errno
import re
import ssl
from collections.abc import Iterator, Mapping
from types import NoneType, TracebackType
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import grpc
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

_SQLSTATE = re.compile(r"[0-9A-Z]{5}", re.ASCII)
_CODE = re.compile(r"(?!.*[0-9]{7})[A-Za-z][A-Za-z0-9_.:-]{0,80}", re.ASCII)
_URL = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z][a-z]{0,19}[,.;:!]?", re.ASCII)
_MOST_FRAMES, _LAST_FRAMES, _MOST_CAUSES = 30, 2, 10


class Sayable(Exception):
    """Is for whoever runs the process: its text names settings, files and parts, never what people gave.

    It is the only kind of exception whose text is logged.
    """


def described(error: BaseException) -> str:
    """Returns class, codes and frames of an exception and of what caused it, a line each, the causes last."""
    lines: list[str] = []
    for number, each in enumerate(_chain(error)):
        lines.append(f"{'caused by ' if number else ''}{summary(each)}")
        lines += [f"  {frame}" for frame in _frames(each.__traceback__)]
        if isinstance(each, BaseExceptionGroup):
            lines += [
                f"  | {line}" for inner in each.exceptions[:_MOST_CAUSES] for line in described(inner).split("\n")
            ]
    return "\n".join(lines)


def summary(error: BaseException) -> str:
    """Returns the exception's class and its codes in one line, for example `UniqueViolationError sqlstate=23505`."""
    codes = [f"{name}={value}" for name, value in facts(error).items()]
    return " ".join([type(error).__name__, *codes])


def facts(error: BaseException) -> Mapping[str, str]:
    """Returns what an exception says in codes and in names that a program chose; a Sayable says its text."""
    match error:
        case asyncpg.PostgresError() | DBAPIError():
            return database_facts(error)
        case ValidationError():
            return {"fields": ",".join(invalid_fields(error))}
        case ssl.SSLError():
            return _codes(reason=getattr(error, "reason", None))
        case OSError():
            return _codes(errno=errno.errorcode.get(error.errno or 0))
        case grpc.aio.AioRpcError():
            return _codes(status=error.code().name)
    said = {"says": str(error)} if isinstance(error, Sayable) else {}
    own = type(error).__module__.startswith("pingshan_")
    return said | (_codes(code=getattr(error, "code", None), reason=getattr(error, "reason", None)) if own else {})


def database_facts(error: asyncpg.PostgresError | DBAPIError) -> Mapping[str, str]:
    """Returns the SQLSTATE and the names of table, column and constraint, as far as PostgreSQL named them."""
    source: Any = error
    if isinstance(error, DBAPIError):
        source = getattr(error.orig, "__cause__", None) or error.orig
    state = getattr(source, "sqlstate", None) or ""
    return ({"sqlstate": state} if _SQLSTATE.fullmatch(state) else {}) | _codes(
        table=getattr(source, "table_name", None),
        column=getattr(source, "column_name", None),
        constraint=getattr(source, "constraint_name", None),
    )


def invalid_fields(error: ValidationError) -> list[str]:
    """Returns the fields that pydantic refused, as `name:kind`; below the first name a key may be the input's own."""
    found = error.errors(include_input=False, include_url=False, include_context=False)
    return sorted({f"{_field(each['loc'], each['type'])}:{each['type']}" for each in found})


def _field(place: tuple[int | str, ...], kind: str) -> str:
    named = place and isinstance(place[0], str) and kind != "extra_forbidden" and _CODE.fullmatch(place[0])
    return str(place[0]) if named else ""


def origin(url: str) -> str:
    """Returns scheme, host and port of an address: path, query and credentials may hold keys."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}"


def is_url(text: str) -> bool:
    return _URL.fullmatch(text) is not None


def is_code(text: str) -> bool:
    """Returns whether the text is one word as codes and names of classes are, without a telephone number in it."""
    return _CODE.fullmatch(text) is not None


def foreign_message(message: object, arguments: Any) -> str:
    """Returns what a library meant to log, without the values that it put in.

    Of a template the numbers are filled in; of a text that was put together before, the words up to the first that is
    none are kept.
    """
    if isinstance(message, BaseException):
        return summary(message)
    if not isinstance(message, str):
        return type(message).__name__
    if not arguments:
        return _leading_words(message)
    hidden = {key: _shown(value) for key, value in arguments.items()} if isinstance(arguments, Mapping) else None
    try:
        return message % (hidden if hidden is not None else tuple(_shown(value) for value in arguments))
    except (TypeError, ValueError, KeyError):
        return message


def shown(value: object) -> object:
    """Returns a value of a log line as JSON can hold it; of what is neither text nor number only the class."""
    return summary(value) if isinstance(value, BaseException) else f"<{type(value).__name__}>"


def _shown(value: object) -> object:
    if isinstance(value, BaseException):
        return summary(value)
    return value if isinstance(value, bool | float | NoneType) or _is_small(value) else "…"


def _is_small(value: object) -> bool:
    """Returns whether it is a number that is too short for one of a telephone or a person."""
    return isinstance(value, int) and abs(value) < 10_000_000


def _leading_words(message: str) -> str:
    words: list[str] = []
    for word in message.partition("\n")[0].split():
        if not _WORD.fullmatch(word):
            return " ".join([*words, "…"])
        words.append(word)
    return " ".join(words)


def _codes(**named: str | None) -> dict[str, str]:
    return {name: value for name, value in named.items() if isinstance(value, str) and is_code(value)}


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in seen and len(seen) < _MOST_CAUSES:
        yield cause
        seen.append(cause)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


def _frames(trace: TracebackType | None) -> list[str]:
    """Returns file, line and function of the frames in our own code, and of the last ones in others'."""
    found: list[tuple[bool, str]] = []
    while trace is not None:
        code = trace.tb_frame.f_code
        file = "/".join(code.co_filename.rsplit("/", 3)[-3:])
        found.append((_is_own(code.co_filename), f"{file}:{trace.tb_lineno} {code.co_qualname}"))
        trace = trace.tb_next
    own = [frame for number, (ours, frame) in enumerate(found) if ours or number >= len(found) - _LAST_FRAMES]
    return own[-_MOST_FRAMES:]


def _is_own(file: str) -> bool:
    return "/pingshan_" in file or not any(part in file for part in ("/site-packages/", "/lib/python", "<frozen"))
