"""The leases of the jobs that run in this process.

Own code: docs/adr/0001-jobs.md.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, tuple_

from pingshan_kit.errors import Unavailable
from pingshan_kit.logging import log
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import job

LEASE = timedelta(seconds=30)
"""How long a job belongs to the process that took it, unless the process renews the lease."""
_RENEW_SECONDS = 10.0
_AGAIN_SECONDS = 2.0


class LeaseLost(Exception):
    """Another process may run this job by now, so it was cancelled here."""


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

        Raises LeaseLost, after the block was cancelled.
        """
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


def still_ours(row: Row[Any]) -> ColumnElement[bool]:
    """Returns the condition that selects the job as long as nobody else has taken it over."""
    ours: ColumnElement[bool] = (job.c.id == row.id) & (job.c.lease == row.lease)
    return ours
