"""The memory of a district system, and how it behaves when it is told of a sign-out."""

import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from pingshan_simulators.relying_party import Tokens

_MOST = 10_000

T = TypeVar("T")


class Mode(StrEnum):
    """Says how a system answers a logout token; it is chosen on the page of all systems."""

    HONEST = "honest"
    AWAY = "away"
    """Answers 503."""
    SLOW = "slow"
    """Answers after ten seconds, longer than anybody waits."""
    REFUSES = "refuses"
    """Answers 400."""
    FORGETS = "forgets"
    """Confirms, and keeps its sessions: a lie that no protocol can see."""


@dataclass(frozen=True)
class Session:
    tokens: Tokens = field(repr=False)
    csrf_token: str = field(repr=False)


class Kept(Generic[T]):
    """Keeps values by their keys and forgets them after `life` seconds; it holds 10 000 at most."""

    def __init__(self, life: float) -> None:
        self._life = life
        self._values: dict[tuple[str, str], tuple[float, T]] = {}

    def put(self, system: str, key: str, value: T) -> None:
        now = time.monotonic()
        while self._values and (len(self._values) >= _MOST or next(iter(self._values.values()))[0] < now):
            self._values.pop(next(iter(self._values)))
        self._values[system, key] = (now + self._life, value)

    def get(self, system: str, key: str | None) -> T | None:
        until, value = self._values.get((system, key or ""), (0.0, None))
        return value if until > time.monotonic() else None

    def take(self, system: str, key: str | None) -> T | None:
        value = self.get(system, key)
        self._values.pop((system, key or ""), None)
        return value

    def of(self, system: str) -> list[tuple[str, T]]:
        """Returns key and value of everything that a system has."""
        return [(key, value) for (owner, key), (_, value) in self._values.items() if owner == system]


class Sessions(Kept[Session]):
    def end(self, system: str, *, session_id: str | None, person_id: str | None) -> int:
        """Ends those of one session at the issuer, or of the person where none is named; returns their number."""
        ended = 0
        for key, session in self.of(system):
            claims = session.tokens.claims
            named = claims.get("sid") == session_id if session_id else claims.get("sub") == person_id
            if named:
                self.take(system, key)
                ended += 1
        return ended
