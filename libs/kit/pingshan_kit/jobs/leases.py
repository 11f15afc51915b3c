"""The leases of the jobs that run in this process.

Own code: docs/adr/0001-jobs.md.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_kit.errors import Unavailable
from pingshan_kit.logging import log
from pingshan_kit.storage.database import FENCE, Database
from pingshan_kit.storage.tables import job

LEASE = timedelta(seconds=30)
"""How long a job belongs to the process that took it, unless the process renews the lease."""
_RENEW_SECONDS = 10.0
_AGAIN_SECONDS = 2.0


class LeaseLost(Exception):
    """Another process may run this job by now, so it was cancelled here, and nothing of it is committed."""


@dataclass(frozen=True)
class _Held:
    lease: UUID
    end: asyncio.Timeout


class Leases:
    """Renews all leases of the process by one statement, so that many running jobs need no more than one connection."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held: dict[int, _Held] = {}

    @asynccontextmanager
    async def hold(self, row: Row[Any], until: float) -> AsyncIterator[None]:
        """Runs the block as long as the lease lasts: until the loop's time `until`, and longer where it was renewed.

        Raises LeaseLost, after the block was cancelled, or where it was about to commit: a process that stood still
        commits nothing of a job that another one has taken over meanwhile.
        """
        fence = FENCE.set(partial(_refuse_lost, row))
        try:
            async with asyncio.timeout_at(until) as end:
                self._held[row.id] = _Held(row.lease, end)
                try:
                    yield
                finally:
                    del self._held[row.id]
        except TimeoutError as error:
            if end.expired():
                raise LeaseLost from error
            raise
        finally:
            FENCE.reset(fence)

    async def keep(self) -> None:
        """Renews all leases until it is cancelled. While PostgreSQL is away, leases end by the clock on both sides."""
        pause = _RENEW_SECONDS
        while True:
            await asyncio.sleep(pause)
            pause = _RENEW_SECONDS if not self._held or await self._renewed() else _AGAIN_SECONDS

    async def _renewed(self) -> bool:
        held, asked = dict(self._held), asyncio.get_running_loop().time()
        leases = [(job_id, mine.lease) for job_id, mine in held.items()]
        renew = job.update().where(tuple_(job.c.id, job.c.lease).in_(leases)).values(lease_until=func.now() + LEASE)
        try:
            async with self._database.begin() as tx:
                ours = set((await tx.execute(renew.returning(job.c.id))).scalars())
        except Unavailable:
            log.warning("job.leases_not_renewed", jobs=len(held))
            return False
        for job_id, mine in held.items():
            if self._held.get(job_id) is mine and not mine.end.expired():
                mine.end.reschedule(ends_at(asked) if job_id in ours else asked)
        return True


def ends_at(taken: float) -> float:
    """Returns the loop's time when a lease asked for at `taken` ends, never later than by PostgreSQL's reckoning."""
    return taken + LEASE.total_seconds()


async def _refuse_lost(row: Row[Any], tx: AsyncConnection) -> None:
    """Holds the job's row until the commit, so that nobody can take it over in between; raises LeaseLost."""
    held = select(job.c.id).where(still_ours(row)).with_for_update(read=True, key_share=True)
    if (await tx.execute(held)).one_or_none() is None:
        raise LeaseLost


def still_ours(row: Row[Any]) -> ColumnElement[bool]:
    """Returns the condition that selects the job as long as nobody else has taken it over."""
    ours: ColumnElement[bool] = (job.c.id == row.id) & (job.c.lease == row.lease)
    return ours
