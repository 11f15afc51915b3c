"""How many places one of many may take at the same time: a client's requests, a service's calls.

Own code: a semaphore of asyncio makes the next one wait, where it is to be refused at once, and is one for all.
"""

from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from pingshan_kit.errors import TooManyAtOnce

MOST_WAITING = 4
"""Requests that wait in one process for the same form or act: somebody who clicks and clicks again."""
MOST_WAITING_PER_PEER = 32
"""Requests of one client that wait in one process, for whatever forms or acts: an office behind one address fits in."""


class Shares:
    """Counts the places that each key has taken; `most` is the number for one key."""

    def __init__(self, most: int, refusal: type[TooManyAtOnce] = TooManyAtOnce) -> None:
        self._most = most
        self._refusal = refusal
        self._taken: Counter[Hashable] = Counter()

    @contextmanager
    def one_of(self, key: Hashable) -> Iterator[None]:
        """Takes a place during the block. Raises the refusal where the key has all of its own already."""
        if self._taken[key] >= self._most:
            raise self._refusal
        self._taken[key] += 1
        try:
            yield
        finally:
            self._taken[key] -= 1
            if not self._taken[key]:
                del self._taken[key]
