"""The right of one replica to publish: a session lock in PostgreSQL that counts only while its session answers.

A process that is frozen, or whose machine is gone, keeps its session and with it the lock. So the leader asks its
session something twice a second, and a follower ends a session that has been idle for longer than a leader ever is.

Own code: a lease in a row would need a write per second and clocks; PostgreSQL knows by itself when a session last
asked it something.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from pingshan_kit.logging import log

ASK_SECONDS = 0.5
"""The leader asks its session at least this often."""
HELD_SECONDS = 3.0
"""For this long after the session's last answer the leader goes on."""
TAKEN_AFTER = 5.0
"""Seconds without a question after which the lock is taken away: a thawed leader has stopped before."""

_LOCK = 7_471_002
_TAKE_FROM_FROZEN = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity JOIN pg_locks USING (pid)
WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid = $1 AND objsubid = 1
  AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND state <> 'active' AND state_change < clock_timestamp() - make_interval(secs => $2)
"""


class Leadership:
    """Leads on one connection, which it lends to one user at a time."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._one_at_a_time = asyncio.Lock()
        self._answered_at = float("-inf")

    async def won(self) -> bool:
        """Returns whether the lock is ours; takes it from a leader that is frozen, for the next try."""
        asked_at = time.monotonic()
        if await self._connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
            self._answered_at = asked_at
            return True
        if await self._connection.fetchval(_TAKE_FROM_FROZEN, _LOCK, TAKEN_AFTER):
            log.warning("relay.taken_from_frozen")
        return False

    @property
    def held(self) -> bool:
        """Returns whether the lock was ours so lately that nobody can have taken it since."""
        return time.monotonic() - self._answered_at < HELD_SECONDS

    @asynccontextmanager
    async def session(self) -> AsyncIterator[asyncpg.Connection]:
        """Lends the connection that holds the lock: whatever it answers was ours to do."""
        async with self._one_at_a_time:
            asked_at = time.monotonic()
            yield self._connection
            self._answered_at = asked_at


async def until_one_fails(*works: Coroutine[Any, Any, None]) -> None:
    """Runs endless works side by side; raises what the first one raises, once the others have ended."""
    try:
        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(work)
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from failed
