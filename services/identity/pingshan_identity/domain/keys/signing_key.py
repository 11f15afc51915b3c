"""Periods of signing keys: a key is published before it signs, and kept until its last token is dead."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pingshan_identity.domain.sessions.session import ABSOLUTE_LIFE

Algorithm = Literal["ES256", "RS256", "EdDSA"]
ALGORITHMS: tuple[Algorithm, ...] = ("ES256", "RS256", "EdDSA")
"""Signing algorithms, the preferred one first: RS256 for old clients, EdDSA (RFC 8037) for those that ask for it."""

SIGNS_FOR = timedelta(days=30)
PUBLISHED_AHEAD = timedelta(days=1)
"""Time from publication to the first signature; no verifier keeps our key set for longer without looking again."""
PUBLISHED_AFTER = ABSOLUTE_LIFE + timedelta(hours=1)
"""Time from the last signature on; an ID token is a hint (`id_token_hint`) as long as its session lives."""
LEARNED_WITHIN = timedelta(seconds=0.5)
"""Time between two looks of a process for keys that another one made or withdrew."""
RELIED_ON_FOR = timedelta(seconds=1.5)
"""Time after a look for which a process says which keys count: less than the two seconds of the promise."""
KEPT_BY_OTHERS = timedelta(minutes=5)
"""Time for which other systems may keep our key set (`Cache-Control`), also one with a key that was withdrawn since."""


@dataclass(frozen=True, slots=True)
class Period:
    """Is the algorithm and the times of one key."""

    alg: Algorithm
    signs_from: datetime
    signs_until: datetime
    published_until: datetime


def due(known: Sequence[Period], now: datetime) -> list[Period]:
    """Returns the keys to make now: one per algorithm whose last key ends within a day; it begins at once where none
    signs.
    """
    return [_period(alg, start) for alg in ALGORITHMS if (start := _next_start(alg, known, now)) is not None]


def signs_now(known: Iterable[Period], alg: str, now: datetime) -> Period | None:
    """Returns the key of that algorithm that began to sign last; the next one where none has begun, None where there is
    none.

    A key goes on past its end where its successor is late.
    """
    of_alg = sorted((each for each in known if each.alg == alg), key=lambda each: each.signs_from)
    begun = [each for each in of_alg if each.signs_from <= now]
    return begun[-1] if begun else next(iter(of_alg), None)


def _next_start(alg: Algorithm, known: Sequence[Period], now: datetime) -> datetime | None:
    last = max((each.signs_until for each in known if each.alg == alg), default=now)
    if last <= now:
        return now
    return last if last - now <= PUBLISHED_AHEAD else None


def _period(alg: Algorithm, start: datetime) -> Period:
    end = start + SIGNS_FOR
    return Period(alg, start, end, end + PUBLISHED_AFTER)
