"""Spans of statements: what was asked of which table, for how long, and the SQLSTATE where it failed.

Names and attributes are those of OpenTelemetry's semantic conventions for database clients; the text of a statement
is left out, for it may hold values. A statement outside an act has no span: each poll would be a trace of its own.

Own code: opentelemetry-instrumentation-asyncpg wraps BEGIN and COMMIT too, costs as much as a short statement even
where nothing is sampled, and knows nothing of a statement that belongs to several acts.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from opentelemetry import trace
from opentelemetry.trace import INVALID_SPAN, Link, Span, SpanKind, Status, StatusCode
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine

from pingshan_kit.acts import is_surely_kept
from pingshan_kit.telemetry import note_database_error, tracer

_SPAN = "pingshan_span"
_TOKEN = re.compile(r"""'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/|("[^"]+"|[A-Za-z_][\w.]*)(\s*\()?|[()]""", re.DOTALL)
_OPERATIONS = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"})
_BEFORE_A_TABLE = {"SELECT": ("FROM", "JOIN"), "INSERT": ("INTO",), "DELETE": ("FROM",), "MERGE": ("INTO",)}
_BETWEEN = frozenset({"ONLY", "LATERAL", "TABLE"})


class Named(NamedTuple):
    operation: str
    """First word of the statement; after WITH, that of its main part."""
    table: str
    """Empty where it is about no table, or only about functions."""

    @property
    def summary(self) -> str:
        return f"{self.operation} {self.table}".rstrip()


class _Word(NamedTuple):
    text: str
    depth: int
    is_call: bool


@lru_cache(maxsize=2_000)
def named(sql: str) -> Named:
    """Returns operation and main table of a statement in SQL: names that the program chose, never a value."""
    words = list(_words(sql))
    if not words:
        return Named("", "")
    first = words[0].text.upper()
    main = (number for number, each in enumerate(words) if each.depth == 0 and each.text.upper() in _OPERATIONS)
    start = next(main, None) if first == "WITH" or first in _OPERATIONS else None
    if start is None:
        return Named(first, "")
    operation = words[start].text.upper()
    found = list(_tables(words[start:], _BEFORE_A_TABLE.get(operation, (operation,))))
    outermost = [each for each in found if each.depth == 0] or found
    return Named(operation, outermost[0].text.strip('"') if outermost else "")


def _words(sql: str) -> Iterator[_Word]:
    depth = 0
    for token in _TOKEN.finditer(sql):
        if token[1] is not None:
            yield _Word(token[1], depth, token[2] is not None)
        depth += {"(": 1, ")": -1}.get(token[0][-1], 0) if token[0][0] not in "'-/" else 0


def _tables(words: Sequence[_Word], before: tuple[str, ...]) -> Iterator[_Word]:
    is_next = False
    for word in words:
        text = word.text.upper()
        if is_next and text not in _BETWEEN:
            is_next = False
            if before == ("INTO",) or not word.is_call:
                yield word
        elif text in before:
            is_next = not word.is_call


class Statements:
    """Makes the spans of the statements on one database."""

    def __init__(self, url: URL) -> None:
        self._server: dict[str, str | int] = {"db.system.name": "postgresql"}
        if url.database:
            self._server["db.namespace"] = url.database
        if url.host:
            self._server |= {"server.address": url.host, "server.port": url.port or 5432}

    def listen(self, engine: AsyncEngine) -> None:
        """Makes a span of each statement on the engine's connections, below the act that is current."""
        event.listen(engine.sync_engine, "before_cursor_execute", self._before)
        event.listen(engine.sync_engine, "after_cursor_execute", _after)
        event.listen(engine.sync_engine, "handle_error", _failed)

    def start(self, sql: str, acts: Sequence[Span]) -> Span:
        """Returns the span of a statement that is done for these acts: below the first, with a link to each other.

        Without an act that is recorded it is none that is. Whoever starts it ends it. One that is surely exported comes
        first, so that the statement is in a trace that is.
        """
        recorded = sorted((act for act in acts if act.is_recording()), key=is_surely_kept, reverse=True)
        if not recorded:
            return INVALID_SPAN
        statement = named(sql)
        attributes = {**self._server, "db.operation.name": statement.operation, "db.query.summary": statement.summary}
        if statement.table:
            attributes["db.collection.name"] = statement.table
        parent = trace.set_span_in_context(recorded[0])
        kind, links = SpanKind.CLIENT, links_to(recorded[1:])
        return tracer.start_span(statement.summary, context=parent, kind=kind, attributes=attributes, links=links)

    def _before(self, _connection: Connection, _cursor: Any, sql: str, _values: Any, context: Any, _many: bool) -> None:  # noqa: FBT001 - as SQLAlchemy calls it
        setattr(context, _SPAN, self.start(sql, [trace.get_current_span()]))


def links_to(acts: Sequence[Span]) -> list[Link]:
    """Returns a link to each of the acts, once."""
    contexts = {act.get_span_context().span_id: act.get_span_context() for act in acts}
    return [Link(context) for context in contexts.values()]


def fail(span: Span, error: BaseException) -> None:
    """Ends the span of a statement that failed, with what may be said of the error: its class, codes and names."""
    if span.is_recording():
        source = error.__cause__ or error
        kind = f"{type(source).__module__}.{type(source).__qualname__}"
        code = note_database_error(source, span)
        span.set_attribute("error.type", code or kind)
        span.add_event("exception", {"exception.type": kind})
        span.set_status(Status(StatusCode.ERROR, kind))
    span.end()


def _after(_connection: Connection, _cursor: Any, _sql: str, _values: Any, context: Any, _many: bool) -> None:  # noqa: FBT001 - as SQLAlchemy calls it
    getattr(context, _SPAN).end()


def _failed(failure: ExceptionContext) -> None:
    span: Span | None = getattr(failure.execution_context, _SPAN, None)
    if span is not None:
        fail(span, failure.original_exception)
