"""The same act at once: one acts, a few wait for their turn in memory, and more are refused.

Whoever waits in PostgreSQL for the commit of the first (`idempotency.replay`) holds a connection meanwhile; here it
holds none. Between processes the database decides, with one connection for each process.

Own code: a lock of asyncio makes any number wait.
"""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager, nullcontext
from weakref import WeakValueDictionary

from pingshan_kit.errors import Unavailable
from pingshan_kit.shares import MOST_WAITING, MOST_WAITING_PER_PEER, Shares

_PATIENCE = 30.0
"""Seconds for which an act waits for its turn."""


class Turns:
    """Lets acts with the same id happen one after the other in this process."""

    def __init__(self) -> None:
        self._acting: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()
        self._of_act = Shares(1 + MOST_WAITING)
        self._of_peer = Shares(MOST_WAITING_PER_PEER)

    @asynccontextmanager
    async def turn(self, act: Hashable, peer: str) -> AsyncIterator[None]:
        """Runs the block when no other one runs for this act; `peer` is who waits, as limits count.

        Raises TooManyAtOnce where too many wait for the act, or too many of this peer for any; Unavailable where the
        turn takes too long to come.
        """
        with self._of_act.one_of(act):
            lock = self._acting.get(act)
            if lock is None:
                lock = self._acting[act] = asyncio.Lock()
            with self._of_peer.one_of(peer) if lock.locked() else nullcontext():
                await _taken(lock)
            try:
                yield
            finally:
                lock.release()


async def _taken(lock: asyncio.Lock) -> None:
    try:
        async with asyncio.timeout(_PATIENCE):
            await lock.acquire()
    except TimeoutError as error:
        raise Unavailable from error
