"""A copy of a sibling's list in this process: for names and the like that every page needs and that hardly change.

Own code: the caches that we know (cachetools, aiocache, async-lru) forget what is too old, where a page still needs it,
and none says how old an answer is.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from pingshan_kit.errors import Unavailable
from pingshan_kit.logging import log
from pingshan_kit.rpc.refusals import RemoteError

PAUSE = 10.0
"""Seconds that a sibling which did not answer is left alone, so that not every page waits for it."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[T]):
    """Holds what a directory knows at one moment."""

    content: T
    age: float | None
    """Seconds since the sibling told it; None where it never did, and `content` is what the directory began with."""
    is_stale: bool
    """Whether it is older than `max_age`, because the sibling does not answer or is being asked right now."""


class Directory(Generic[T]):
    """Asks the sibling at the first reading, and again when the copy is too old; a copy is better than no page.

    One refresh runs at a time: meanwhile others are given the copy there is, and wait only where there is none.
    """

    def __init__(self, name: str, ask: Callable[[], Awaitable[T]], empty: T, *, max_age: float) -> None:
        """Takes `ask`, which may raise Unavailable or RemoteError, `empty` for the time before its first answer, and a
        `name` for the log; after `max_age` seconds the sibling is asked again.
        """
        self._max_age = max_age
        self._name = name
        self._ask = ask
        self._content = empty
        self._told_at: float | None = None
        self._refused_at: float | None = None
        self._refreshing = asyncio.Lock()

    async def read(self) -> Snapshot[T]:
        """Returns the copy; where the sibling is away or refuses, the last one, which says that it is stale."""
        if self._is_due() and not (self._refreshing.locked() and self._told_at is not None):
            async with self._refreshing:
                if self._is_due():
                    await self._refresh()
        return Snapshot(self._content, _seconds_since(self._told_at), self._is_stale())

    def _is_stale(self) -> bool:
        age = _seconds_since(self._told_at)
        return age is None or age > self._max_age

    def _is_due(self) -> bool:
        waited = _seconds_since(self._refused_at)
        return self._is_stale() and (waited is None or waited > PAUSE)

    async def _refresh(self) -> None:
        try:
            self._content = await self._ask()
            self._told_at, self._refused_at = time.monotonic(), None
        except (Unavailable, RemoteError) as error:
            self._refused_at = time.monotonic()
            log.warning(
                "directory.not_refreshed",
                directory=self._name,
                error=type(error).__name__,
                age=_seconds_since(self._told_at),
            )


def _seconds_since(moment: float | None) -> float | None:
    return None if moment is None else time.monotonic() - moment
