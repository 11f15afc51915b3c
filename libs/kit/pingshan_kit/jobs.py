"""Outside effects as rows: enqueued in the use case's transaction, run afterwards by the job runner.

Why no library: docs/adr/0001-jobs.md.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from opentelemetry.trace import SpanKind, Status, StatusCode
from sqlalchemy import ColumnElement, Row, Select, exists, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_kit import clock, telemetry
from pingshan_kit.away import is_away
from pingshan_kit.errors import Unavailable
from pingshan_kit.events.dead_letters import Failure, bury, count_failure
from pingshan_kit.ids import uuid7
from pingshan_kit.logging import log
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.storage.database import Database, note_added, to_json
from pingshan_kit.storage.tables import job
from pingshan_kit.telemetry import remote_context, tracer

_POLL_SECONDS = 1.0
_RUNNING = 16
_LEASE = timedelta(seconds=30)
_RENEW_SECONDS = 10.0
_AWAY_SECONDS = 2.0
_LONGEST_BACKOFF = 3600.0
_DRAIN_SECONDS = 10.0
_PERIODIC_ATTEMPTS = 5
_QUEUED = job.c.state == literal_column("'queued'")
"""Written out, not bound: a generic plan of a prepared statement cannot prove the predicate of `ix_job_due` else."""


class Abandon(Exception):
    """Raised by a handler whose job can never succeed: it becomes a dead letter at once."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Job:
    kind: str
    key: str
    payload: Mapping[str, Any]
    attempt: int
    """1 for the first run. Times when PostgreSQL, NATS, Temporal or a sibling was away do not count."""


@dataclass(frozen=True)
class JobHandler:
    """Runs at least once per job, on one replica at a time. Raising means: again later, with a growing delay."""

    kind: str
    handle: Callable[[Job], Awaitable[None]]
    max_attempts: int = 20


@dataclass(frozen=True)
class Periodic:
    """Runs once per service in every period, whatever the number of replicas; a late run delays the next one."""

    kind: str
    every: timedelta
    handle: Callable[[], Awaitable[None]]


async def enqueue(
    tx: AsyncConnection, kind: str, key: str, payload: Mapping[str, Any], *, run_at: datetime | None = None
) -> None:
    """Have `kind` run after the commit, not before `run_at`. A second job of the same kind and key is a no-op."""
    row = insert(job).values(
        kind=kind,
        key=key,
        payload=dict(payload),
        run_at=run_at or func.now(),
        traceparent=telemetry.traceparent(),
    )
    await tx.execute(row.on_conflict_do_nothing(index_elements=["kind", "key"]))
    note_added(tx, "job")


class JobRunner:
    """`run` ends only by an exception or by cancellation. A job whose process was killed is taken over in 30 s."""

    def __init__(
        self,
        settings: ServiceSettings,
        database: Database,
        handlers: Sequence[JobHandler],
        periodic: Sequence[Periodic],
    ) -> None:
        self._service = settings.service
        self._database = database
        self._periodic = {each.kind: each for each in periodic}
        self._handlers = {handler.kind: handler for handler in handlers}
        self._slots: dict[str, int] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._draining = False

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            while True:
                self._database.jobs_added.clear()
                try:
                    taken = [] if self._draining else await self._take()
                except Unavailable:
                    taken = []
                for row in taken:
                    self._start(group, row)
                if not taken:
                    await self._wait()

    async def drain(self) -> None:
        """Take no new job; return when those that run are done, or after ten seconds. The others are run again."""
        self._draining = True
        if self._running:
            await asyncio.wait(self._running, timeout=_DRAIN_SECONDS)

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(_POLL_SECONDS):
                await self._database.jobs_added.wait()
        except TimeoutError:
            return

    def _start(self, group: asyncio.TaskGroup, row: Row[Any]) -> None:
        task = group.create_task(self._run_job(row))
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._database.jobs_added.set()

    async def _take(self) -> Sequence[Row[Any]]:
        room = _RUNNING - len(self._running)
        if not room:
            return []
        for periodic in self._periodic.values():
            await self._schedule(periodic)
        due = due_jobs([*self._handlers, *self._periodic], room)
        mine = {"lease": uuid7(), "lease_until": func.now() + _LEASE, "attempts": job.c.attempts + 1}
        async with self._database.begin() as tx:
            update = job.update().where(job.c.id.in_(due.scalar_subquery())).values(mine)
            taken: Sequence[Row[Any]] = (await tx.execute(update.returning(job))).all()
            return taken

    async def _schedule(self, periodic: Periodic) -> None:
        """One job per period, its key the number of the period; none while an earlier one is still open."""
        slot = int(clock.now().timestamp() // periodic.every.total_seconds())
        if self._slots.get(periodic.kind) == slot:
            return
        still_open = exists().where(job.c.kind == periodic.kind, _QUEUED)
        async with self._database.begin() as tx:
            if not (await tx.execute(select(still_open))).scalar_one():
                await enqueue(tx, periodic.kind, str(slot), {})
                self._slots[periodic.kind] = slot

    async def _run_job(self, row: Row[Any]) -> None:
        context, name = remote_context({"traceparent": row.traceparent}), f"job {row.kind}"
        with tracer.start_as_current_span(name, context, SpanKind.CONSUMER, {"pingshan.job.key": row.key}) as span:
            try:
                async with self._leased(row):
                    await self._handle(row)
            except asyncio.CancelledError:
                with suppress(Unavailable):  # then its lease ends by itself
                    await asyncio.shield(self._again(row, seconds=0, counts=False))
                raise
            except Exception as error:  # noqa: BLE001 - whatever a handler raises is a failed run, no end of the runner
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                await _patiently(partial(self._failed, row, error))
            else:
                await _patiently(partial(self._finish, row))

    async def _handle(self, row: Row[Any]) -> None:
        if row.kind in self._periodic:
            return await self._periodic[row.kind].handle()
        handler = self._handlers[row.kind]
        if row.attempts > handler.max_attempts:
            raise Abandon("KILLED_IN_LAST_ATTEMPT")
        return await handler.handle(Job(row.kind, row.key, row.payload, row.attempts))

    async def _failed(self, row: Row[Any], error: Exception) -> None:
        if is_away(error):
            log.warning("job.postponed", kind=row.kind, key=row.key, error=type(error).__name__)
            return await self._again(row, seconds=_AWAY_SECONDS, counts=False)
        log.error("job.failed", kind=row.kind, key=row.key, attempt=row.attempts, exc_info=error)
        last = self._handlers[row.kind].max_attempts if row.kind in self._handlers else _PERIODIC_ATTEMPTS
        if not isinstance(error, Abandon) and row.attempts < last:
            return await self._again(row, seconds=_backoff(row.attempts), counts=True)
        if row.kind in self._periodic:
            return await self._finish(row)
        return await self._bury(row, error)

    async def _bury(self, row: Row[Any], error: Exception) -> None:
        failure = Failure(
            source="job",
            handler=row.kind,
            message_id=row.key,
            subject=row.kind,
            payload=to_json(row.payload).encode(),
            headers={"traceparent": row.traceparent},
            code=error.reason if isinstance(error, Abandon) else type(error).__name__,
        )
        async with self._database.begin() as tx:
            await count_failure(tx, failure, attempts=row.attempts)
            await bury(tx, failure)
            await tx.execute(job.update().where(_held(row)).values(_ended("dead")))

    async def _finish(self, row: Row[Any]) -> None:
        async with self._database.begin() as tx:
            await tx.execute(job.update().where(_held(row)).values(_ended("done")))

    async def _again(self, row: Row[Any], *, seconds: float, counts: bool) -> None:
        values = {
            "attempts": row.attempts if counts else row.attempts - 1,
            "run_at": func.now() + timedelta(seconds=seconds),
            "lease": None,
            "lease_until": None,
        }
        async with self._database.begin() as tx:
            await tx.execute(job.update().where(_held(row)).values(values))

    @asynccontextmanager
    async def _leased(self, row: Row[Any]) -> AsyncIterator[None]:
        renewing = asyncio.create_task(self._renew(row))
        try:
            yield
        finally:
            renewing.cancel()

    async def _renew(self, row: Row[Any]) -> None:
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            try:
                async with self._database.begin() as tx:
                    await tx.execute(job.update().where(_held(row)).values(lease_until=func.now() + _LEASE))
            except Unavailable:
                log.warning("job.lease_not_renewed", kind=row.kind, key=row.key)


def due_jobs(kinds: Sequence[str], room: int) -> Select[Any]:
    """Ids of at most `room` jobs that nobody runs and whose time has come, the longest due first; locked."""
    free = or_(job.c.lease_until.is_(None), job.c.lease_until < func.now())
    due = select(job.c.id).where(_QUEUED, job.c.run_at <= func.now(), free, job.c.kind.in_(kinds))
    return due.order_by(job.c.run_at).limit(room).with_for_update(skip_locked=True)


def _held(row: Row[Any]) -> ColumnElement[bool]:
    """The job, as long as nobody else has taken it over."""
    lease: UUID = row.lease
    held: ColumnElement[bool] = (job.c.id == row.id) & (job.c.lease == lease)
    return held


def _ended(state: str) -> dict[str, Any]:
    return {"state": state, "finished_at": func.now(), "lease": None, "lease_until": None}


def _backoff(attempt: int) -> float:
    """1 s, 2 s, 4 s … up to an hour, each ± 20 %."""
    return min(2.0 ** (attempt - 1), _LONGEST_BACKOFF) * random.uniform(0.8, 1.2)  # noqa: S311 - jitter


async def _patiently(act: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            return await act()
        except Unavailable:
            await asyncio.sleep(_AWAY_SECONDS)
