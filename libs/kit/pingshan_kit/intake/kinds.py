"""Kinds of inputs, and one input as whoever applies it gets it."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_kit.telemetry import remote_context, span_context


@dataclass(frozen=True)
class IntakeKind:
    """Describes one kind of input; a service declares it once, for the code that hears and the code that applies."""

    name: str
    """Stands in the database: never change it."""
    most: int = 500
    """Inputs that are applied in one transaction, at most."""


class Word(NamedTuple):
    """Holds what is heard at once with others."""

    key: str
    """Inputs of one key are applied in the order in which they were answered. An id, never personal data."""
    payload: str
    """The input word by word. It is encrypted at rest, whatever it is."""


@dataclass(frozen=True)
class Heard:
    """Holds an input that was heard, and answered, at `heard_at` by PostgreSQL's clock."""

    id: UUID
    key: str
    payload: str
    heard_at: datetime
    traceparent: str
    """Of the act that heard it."""

    def act(self) -> AbstractContextManager[Span]:
        """Makes the act that heard it the current one: what is recorded, published or enqueued is of its trace."""
        return trace.use_span(NonRecordingSpan(self.context))

    @property
    def context(self) -> SpanContext:
        """Returns the act that heard it; an invalid one where it was not traced."""
        return span_context(remote_context({"traceparent": self.traceparent}))


@dataclass(frozen=True)
class IntakeHandler:
    """Applies inputs of one kind: what it writes commits together with their removal, so each is applied once.

    `apply` gets the transaction and the inputs in order. An input may come twice under two ids, where its sender had no
    answer and sent it again. Where `apply` raises, nothing of the group is kept, and smaller groups are tried.
    """

    kind: IntakeKind
    apply: Callable[[AsyncConnection, Sequence[Heard]], Awaitable[None]]
