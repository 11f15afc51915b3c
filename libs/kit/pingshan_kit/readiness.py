"""The report that says whether a process may be given work."""

import asyncio
from typing import Any, Protocol

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from pingshan_kit.errors import Unavailable
from pingshan_kit.jobs.queue import unhandled
from pingshan_kit.storage.database import Database

_PATIENCE = 2.0
"""Seconds that PostgreSQL gets to answer."""


class Part(Protocol):
    """Describes a part of the process that works on with less while NATS is away."""

    @property
    def degraded(self) -> bool: ...


class Readiness:
    """Reports a process as not ready without PostgreSQL, before the revocations were replayed, and while it stops.

    Reports it as degraded without NATS, and while a job is queued that no handler here can run: a newer version added
    the job, or a handler was taken away too early.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.stopping = False
        self.waiting_for: dict[str, asyncio.Event] = {}
        """Events that must be set before the process is ready, by name: for example the replay of the revocations."""
        self.parts: dict[str, Part] = {}
        self.job_kinds: frozenset[str] | None = None
        """Kinds of jobs that the service handles; None: jobs are not looked at."""

    async def report(self) -> tuple[bool, dict[str, Any]]:
        """Returns whether the process is ready, and the facts that /readyz answers."""
        strange = await self._unhandled_jobs()
        database = strange is not None
        degraded = sorted(name for name, part in self.parts.items() if part.degraded)
        degraded += ["jobs"] if strange else []
        waiting = sorted(name for name, event in self.waiting_for.items() if not event.is_set())
        ready = database and not self.stopping and not waiting
        facts = {"postgresql": database, "degraded": degraded, "waiting_for": waiting, "unhandled": strange or []}
        return ready, {"status": _status(ready=ready, degraded=bool(degraded)), **facts}

    async def _unhandled_jobs(self) -> list[str] | None:
        """Returns the kinds of queued jobs without a handler; None where PostgreSQL does not answer."""
        try:
            async with asyncio.timeout(_PATIENCE), self._database.read() as tx:
                if self.job_kinds is None:
                    await tx.execute(text("SELECT 1"))
                    return []
                return await unhandled(tx, self.job_kinds)
        except (Unavailable, SQLAlchemyError, OSError, TimeoutError):
            return None


def _status(*, ready: bool, degraded: bool) -> str:
    if not ready:
        return "not-ready"
    return "degraded" if degraded else "ready"
