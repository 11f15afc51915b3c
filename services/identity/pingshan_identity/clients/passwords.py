"""Hashing of passwords by argon2id (RFC 9106) in a bounded pool of threads, never in the event loop."""

import asyncio
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from pingshan_identity.domain.errors import SignInBusy
from pingshan_identity.domain.factors.password import normalise

T = TypeVar("T")

MEMORY_KIB = 19 * 1024
PASSES = 2
LANES = 1
RETRY_AFTER = 2
"""Seconds after which a caller may try a full queue again."""


class Passwords:
    def __init__(self, *, threads: int, queue: int) -> None:
        """Keeps a pool of `threads` (0: one per core); `queue` more sign-ins may wait beyond those that hash."""
        self._threads = threads or os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="argon2")
        self._admitted = 0
        self._limit = self._threads + queue
        self._hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
        self._nobodys_hash = self._hasher.hash(os.urandom(16))

    @contextmanager
    def admission(self) -> Iterator[None]:
        """Holds a place in the queue for the whole of a sign-in. Raises SignInBusy where all places are taken."""
        if self._admitted >= self._limit:
            raise SignInBusy(retry_after=RETRY_AFTER)
        self._admitted += 1
        try:
            yield
        finally:
            self._admitted -= 1

    async def hash(self, password: str) -> str:
        """Returns the encoded hash with its parameters and a new salt."""
        return await self._run(self._hasher.hash, normalise(password))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Returns whether the password is right; False for None (an unknown name), after the same time."""
        return await self._run(self._verify, stored or self._nobodys_hash, normalise(password)) and stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Returns whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    async def close(self) -> None:
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[..., T], *args: str) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *args)
