"""Runs due jobs, in a room for each kind.

Own code: docs/adr/0001-jobs.md.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from opentelemetry.trace import SpanKind, Status, StatusCode
from pydantic import BaseModel, ValidationError
from sqlalchemy import Row, exists, func, select

from pingshan_kit import clock
from pingshan_kit.away import AWAY_SECONDS, is_away
from pingshan_kit.errors import Unavailable
from pingshan_kit.events.dead_letters import Failure, bury, count_failure
from pingshan_kit.ids import uuid7
from pingshan_kit.jobs.leases import LeaseLost, Leases, ends_at, still_ours
from pingshan_kit.jobs.queue import QUEUED, Abandon, Job, JobHandler, JobKind, Periodic, Room, enqueue, take_due
from pingshan_kit.logging import log
from pingshan_kit.redaction import invalid_fields
from pingshan_kit.storage.database import Database, to_json
from pingshan_kit.storage.lane import Joined, Lane
from pingshan_kit.storage.tables import job
from pingshan_kit.telemetry import remote_context, tracer

PLACES = 64
"""Jobs that run at the same time in one process, of all kinds together.

The pool of a process has fewer connections than that. It suffices, because a handler keeps a transaction open for
milliseconds and never over a call to somebody else: 64 of them wait for each other far shorter than
`database_pool_wait`, and a wait that was too long would postpone the job, uncounted. All leases are renewed by one
statement.
"""
_POLL_SECONDS = 1.0
LONGEST_PAUSE = 3600.0
"""Longest pause before a failed job is tried again, in seconds; see `pause_after`."""
_DRAIN_SECONDS = 10.0
_DEAD = {"state": "dead", "finished_at": func.now(), "lease": None, "lease_until": None}
_FINISH = """
UPDATE job SET state = 'done', finished_at = now(), lease = NULL, lease_until = NULL
FROM unnest($1::bigint[], $2::uuid[]) AS k (id, lease) WHERE job.id = k.id AND job.lease = k.lease
"""
"""Of each job that is `still_ours`."""


class _Nothing(BaseModel):
    """Is the payload of periodic jobs, which are told nothing."""


class JobRunner:
    """Runs due jobs until `run` is cancelled or raises; another process takes a job over when its lease of 30 s ends.

    Raises ValueError where two handlers are given for one kind.
    """

    def __init__(self, database: Database, handlers: Sequence[JobHandler[Any]], periodic: Sequence[Periodic]) -> None:
        self._database = database
        self._periodic = {each.kind: each for each in periodic}
        all_handlers = [*handlers, *(_of_periodic(each) for each in self._periodic.values())]
        self._handlers = {handler.kind.name: handler for handler in all_handlers}
        if len(self._handlers) < len(all_handlers):
            raise ValueError("two handlers for one kind of job")
        self._slots: dict[str, int] = {}
        self._leases = Leases(database)
        self._finished = Joined(Lane(database), _FINISH, row=tuple, otherwise=self._finish_alone)
        self._running: dict[asyncio.Task[None], str] = {}
        self._draining = False

    @property
    def kinds(self) -> frozenset[str]:
        """Returns the names of all kinds that have a handler here, periodic ones too."""
        return frozenset(self._handlers)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._leases.keep())
            while True:
                self._database.jobs_added.clear()
                until = ends_at(asyncio.get_running_loop().time())
                try:
                    taken = await self._take()
                except Unavailable:
                    taken = []
                for row in taken:
                    self._start(group, row, until)
                if not taken:
                    await self._wait()

    async def drain(self) -> None:
        """Takes no new job; returns when the running ones are done, or after ten seconds: the rest runs again later."""
        self._draining = True
        if self._running:
            await asyncio.wait(self._running, timeout=_DRAIN_SECONDS)

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(_POLL_SECONDS):
                await self._database.jobs_added.wait()
        except TimeoutError:
            return

    def _start(self, group: asyncio.TaskGroup, row: Row[Any], until: float) -> None:
        task = group.create_task(self._run_job(row, until))
        self._running[task] = row.kind
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self._database.jobs_added.set()

    async def _take(self) -> Sequence[Row[Any]]:
        """Leases due jobs and returns them in the order in which they start."""
        rooms, places = self._rooms(), PLACES - len(self._running)
        if self._draining or not rooms or not places:
            return []
        for periodic in self._periodic.values():
            await self._schedule(periodic)
        async with self._database.begin() as tx:
            taken = (await tx.execute(take_due(rooms, places, uuid7()))).all()
        return sorted(taken, key=lambda row: (-self._handlers[row.kind].kind.priority, row.run_at, row.id))

    def _rooms(self) -> list[Room]:
        busy = Counter(self._running.values())
        kinds = [handler.kind for handler in self._handlers.values()]
        rooms = [Room(kind.name, kind.concurrency - busy[kind.name], kind.priority) for kind in kinds]
        return [room for room in rooms if room.free > 0]

    async def _schedule(self, periodic: Periodic) -> None:
        """Enqueues one job per period, its key the number of the period; none while an earlier one is still open."""
        slot = int(clock.now().timestamp() // periodic.every.total_seconds())
        if self._slots.get(periodic.kind) == slot:
            return
        still_open = exists().where(job.c.kind == periodic.kind, QUEUED)
        async with self._database.begin() as tx:
            if not (await tx.execute(select(still_open))).scalar_one():
                await enqueue(tx, self._handlers[periodic.kind].kind, str(slot), _Nothing())
                self._slots[periodic.kind] = slot

    async def _run_job(self, row: Row[Any], until: float) -> None:
        context, name = remote_context({"traceparent": row.traceparent}), f"job {row.kind}"
        with tracer.start_as_current_span(name, context, SpanKind.CONSUMER, {"pingshan.job.key": row.key}) as span:
            try:
                async with self._leases.hold(row, until):
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
        handler = self._handlers[row.kind]
        if row.attempts > handler.kind.attempts:
            raise Abandon("KILLED_IN_LAST_ATTEMPT")
        await handler.handle(Job(handler.kind, row.key, _payload(handler.kind, row), row.attempts))

    async def _failed(self, row: Row[Any], error: Exception) -> None:
        if isinstance(error, LeaseLost) or is_away(error):
            log.warning("job.postponed", kind=row.kind, key=row.key, error=type(error).__name__)
            return await self._again(row, seconds=AWAY_SECONDS, counts=False)
        log.error("job.failed", kind=row.kind, key=row.key, attempt=row.attempts, exc_info=error)
        if not isinstance(error, Abandon) and row.attempts < self._handlers[row.kind].kind.attempts:
            return await self._again(row, seconds=pause_after(row.attempts), counts=True)
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
            ended = await tx.execute(job.update().where(still_ours(row)).values(_DEAD))
            if ended.rowcount:
                await count_failure(tx, failure, attempts=row.attempts)
                await bury(tx, failure)

    async def _finish(self, row: Row[Any]) -> None:
        await self._finished((row.id, row.lease))

    async def _finish_alone(self, key: tuple[int, UUID]) -> list[Any]:
        async with self._database.begin() as tx:
            await tx.exec_driver_sql(_FINISH, tuple([column] for column in key))
        return []

    async def _again(self, row: Row[Any], *, seconds: float, counts: bool) -> None:
        values = {
            "attempts": row.attempts if counts else row.attempts - 1,
            "run_at": func.now() + timedelta(seconds=seconds),
            "lease": None,
            "lease_until": None,
        }
        async with self._database.begin() as tx:
            await tx.execute(job.update().where(still_ours(row)).values(values))


def _of_periodic(periodic: Periodic) -> JobHandler[_Nothing]:
    async def handle(_: Job[_Nothing]) -> None:
        await periodic.handle()

    return JobHandler(JobKind(periodic.kind, _Nothing, concurrency=1, attempts=5), handle)


def _payload(kind: JobKind[Any], row: Row[Any]) -> BaseModel:
    """Returns the job's payload. Raises Abandon where the kind's model refuses it, as it would in any later run."""
    try:
        payload: BaseModel = kind.payload.model_validate(row.payload)
    except ValidationError as error:
        log.error("job.payload_invalid", kind=row.kind, key=row.key, fields=invalid_fields(error))
        raise Abandon("PAYLOAD_INVALID") from None
    return payload


def pause_after(attempt: int) -> float:
    """Returns the seconds until a failed job is tried again: 1, 2, 4 … up to an hour, each ± 20 %."""
    return min(2.0 ** (attempt - 1), LONGEST_PAUSE) * random.uniform(0.8, 1.2)  # noqa: S311 - jitter


async def _patiently(act: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            return await act()
        except Unavailable:
            await asyncio.sleep(AWAY_SECONDS)
