"""A copy of a sibling's list in this process: for names and the like that every page needs and that hardly change.

Own code: the caches that we know (cachetools, aiocache, async-lru) forget what is too old, where a page still needs it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from pingshan_kit.errors import Unavailable
from pingshan_kit.logging import log
from pingshan_kit.rpc.refusals import RemoteError

PAUSE = 10.0
"""Seconds that a sibling which did not answer is left alone, so that not every page waits for it."""

T = TypeVar("T")


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

    async def read(self) -> T:
        """Returns the copy; where the sibling is away or refuses, the last one, however old."""
        if self._is_due() and not (self._refreshing.locked() and self._told_at is not None):
            async with self._refreshing:
                if self._is_due():
                    await self._refresh()
        return self._content

    def _is_due(self) -> bool:
        age, waited = _seconds_since(self._told_at), _seconds_since(self._refused_at)
        return (age is None or age > self._max_age) and (waited is None or waited > PAUSE)

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
