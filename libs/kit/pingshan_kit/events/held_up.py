"""What the relay passes over for a while, because it could not be published.

In the leader's memory: another leader, or the next start, simply tries again.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import nats.errors
from nats.js.errors import APIError, NoStreamResponseError, ServiceUnavailableError
from pingshan_events.edges import STREAM_OF_SUBJECT

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
_MOST = 10_000
"""Aggregates that are remembered: they are named in every look at the outbox."""


@dataclass(frozen=True)
class _Hold:
    until: float
    code: str
    pause: float = _FIRST_PAUSE


class HeldUp:
    """Holds aggregates whose oldest event was refused, and subjects whose stream is missing; nobody else waits."""

    def __init__(self) -> None:
        self._aggregates: dict[str, _Hold] = {}
        self._streams: dict[str, float] = {}

    @property
    def codes(self) -> Mapping[str, str]:
        """Returns why the oldest event of each held aggregate was refused, by the aggregate's id."""
        return {aggregate: hold.code for aggregate, hold in self._aggregates.items()}

    def aggregates(self) -> list[str]:
        """Returns the aggregates that are not to be tried again yet."""
        now = _now()
        return [aggregate for aggregate, hold in self._aggregates.items() if hold.until > now]

    def subjects(self) -> set[str]:
        """Returns the subjects of streams that are not to be tried again yet."""
        now = _now()
        return {subject for subject, stream in STREAM_OF_SUBJECT.items() if self._streams.get(stream, 0) > now}

    def stored(self, subject: str, aggregate: str) -> None:
        """Notes that an event of this aggregate was published."""
        self._aggregates.pop(aggregate, None)
        self._streams.pop(STREAM_OF_SUBJECT[subject], None)

    def missing(self, stream: str) -> None:
        """Notes that a stream is missing, or not as it should be."""
        self._streams[stream] = _now() + _FIRST_PAUSE

    def failed(self, subject: str, aggregate: str, error: Exception) -> bool:
        """Notes that an event was not published: a refusal holds its aggregate, an absent stream all its subjects.

        A lost connection holds nobody, since it is nobody's own. Returns whether it was for the stream's sake.
        """
        if isinstance(error, NoStreamResponseError | ServiceUnavailableError):
            self.missing(STREAM_OF_SUBJECT[subject])
            return True
        code = _code(error)
        if code and (aggregate in self._aggregates or len(self._aggregates) < _MOST):
            before = self._aggregates.get(aggregate)
            pause = min(before.pause * 2, _LONGEST_PAUSE) if before else _FIRST_PAUSE
            self._aggregates[aggregate] = _Hold(_now() + pause, code, pause)
        return False

    def clear(self) -> None:
        """Forgets all: NATS was away, and what comes back may have become another one."""
        self._aggregates.clear()
        self._streams.clear()


def _code(error: Exception) -> str:
    """Returns why the event was refused; empty where the connection failed, and not the event."""
    if isinstance(error, KeyError):
        return "NO_STREAM"
    if isinstance(error, APIError):
        return f"NATS_{error.err_code}"
    if isinstance(error, nats.errors.TimeoutError):
        return "NO_ANSWER"
    return "TOO_LARGE" if isinstance(error, nats.errors.MaxPayloadError) else ""


def _now() -> float:
    return asyncio.get_running_loop().time()
