"""Jobs and their rows: a use case adds them, the runner takes them.

Own code: docs/adr/0001-jobs.md.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Integer, Select, Text, Update, bindparam, column, func, literal_column, or_, select, text, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_kit import telemetry
from pingshan_kit.jobs.leases import LEASE
from pingshan_kit.storage.database import note_added
from pingshan_kit.storage.tables import job

P = TypeVar("P", bound=BaseModel)

QUEUED = job.c.state == literal_column("'queued'")
"""Written out, not bound: a generic plan of a prepared statement cannot prove the predicate of the index else."""

_ADD = """
INSERT INTO job (kind, key, payload, run_at, traceparent)
SELECT kind, key, payload::jsonb, coalesce(run_at, now()), traceparent
FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[])
    WITH ORDINALITY AS k (kind, key, payload, run_at, traceparent, n)
ORDER BY n
ON CONFLICT (kind, key) DO NOTHING
"""

_OLDEST_DUE = text(
    """
    WITH RECURSIVE found (kind) AS (
        SELECT min(kind) FROM job WHERE state = 'queued'
        UNION ALL
        SELECT (SELECT min(job.kind) FROM job WHERE state = 'queued' AND job.kind > found.kind)
        FROM found WHERE found.kind IS NOT NULL
    )
    SELECT kind, (
        SELECT extract(epoch FROM now() - run_at) FROM job
        WHERE state = 'queued' AND job.kind = found.kind AND run_at <= now()
          AND (lease_until IS NULL OR lease_until < now())
        ORDER BY run_at LIMIT 1
    ) AS age
    FROM found WHERE kind IS NOT NULL ORDER BY kind
    """
)
"""One probe of the index per kind, however many jobs are queued; DISTINCT would read all of them."""


class Abandon(Exception):
    """The job can never succeed: a handler raises this, and the job becomes a dead letter at once."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class JobKind(Generic[P]):
    """Describes one kind of job; a service declares it once, for the code that enqueues and the code that handles.

    A field that a later version adds to `payload` needs a default: jobs queued before it still run.
    """

    name: str
    """Stands in the database: never change it."""
    payload: type[P]
    concurrency: int = 4
    """Jobs that run at the same time in one process. A kind that is full or slow holds up no other kind."""
    attempts: int = 20
    """Runs that may fail before the job becomes a dead letter."""
    priority: int = 0
    """The larger number starts first where not all due jobs find a place."""


@dataclass(frozen=True)
class Job(Generic[P]):
    kind: JobKind[P]
    key: str
    payload: P
    attempt: int
    """1 for the first run. Times when PostgreSQL, NATS, Temporal or a sibling was away do not count."""

    @property
    def is_last(self) -> bool:
        """Returns whether a failure of this run is final."""
        return self.attempt >= self.kind.attempts


@dataclass(frozen=True)
class JobHandler(Generic[P]):
    """Runs at least once per job, on one replica at a time. A run that raises is repeated, with a growing delay."""

    kind: JobKind[P]
    handle: Callable[[Job[P]], Awaitable[None]]


@dataclass(frozen=True)
class Periodic:
    """Runs once per service in every period, whatever the number of replicas; a late run delays the next one."""

    kind: str
    every: timedelta
    handle: Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Queued(Generic[P]):
    """Names a job to be: for `enqueue_all`."""

    kind: JobKind[P]
    key: str
    payload: P
    run_at: datetime | None = None
    traceparent: str = field(default_factory=telemetry.traceparent)
    """Of the act in which it was made."""


async def enqueue(
    tx: AsyncConnection, kind: JobKind[P], key: str, payload: P, *, run_at: datetime | None = None
) -> None:
    """Adds a job that runs after the commit, not before `run_at`; does nothing where its kind has this key already."""
    await enqueue_all(tx, [Queued(kind, key, payload, run_at)])


async def enqueue_all(tx: AsyncConnection, jobs: Sequence[Queued[Any]]) -> None:
    """Adds the jobs in one statement, each as `enqueue` does, and in the order of their keys, against deadlocks."""
    if not jobs:
        return
    ordered = sorted(jobs, key=lambda each: (each.kind.name, each.key))
    columns = (
        [each.kind.name for each in ordered],
        [each.key for each in ordered],
        [each.payload.model_dump_json() for each in ordered],
        [each.run_at for each in ordered],
        [each.traceparent for each in ordered],
    )
    await tx.exec_driver_sql(_ADD, columns)
    note_added(tx, "job")


async def oldest_due(tx: AsyncConnection) -> dict[str, float | None]:
    """Returns each kind of queued jobs with the seconds since when its oldest due one waits for a process.

    None where all of the kind run, or are not due yet.
    """
    return {row.kind: row.age for row in await tx.execute(_OLDEST_DUE)}


@dataclass(frozen=True)
class Room:
    """Says how many places of one kind are free at the moment."""

    kind: str
    free: int
    priority: int


def take_due(rooms: Sequence[Room], places: int, lease: UUID) -> Update:
    """Returns the statement that leases due jobs for all rooms at once and returns their rows.

    It takes of each kind no more than the kind has free, the longest due first, and of all kinds together no more than
    `places`, the higher priority first. It passes over jobs that another process is just taking.
    """
    due = _due(rooms, places).cte("due").prefix_with("MATERIALIZED", dialect="postgresql")
    mine = {"lease": lease, "lease_until": func.now() + LEASE, "attempts": job.c.attempts + 1}
    return job.update().where(job.c.id == due.c.id).values(mine).returning(job)


def _due(rooms: Sequence[Room], places: int) -> Select[Any]:
    arrays = func.unnest(
        bindparam("kinds", [room.kind for room in rooms], ARRAY(Text)),
        bindparam("free", [room.free for room in rooms], ARRAY(Integer)),
        bindparam("priorities", [room.priority for room in rooms], ARRAY(Integer)),
    )
    columns = (column("kind", Text), column("free", Integer), column("priority", Integer))
    room = arrays.table_valued(*columns).render_derived(name="room")
    unleased = or_(job.c.lease_until.is_(None), job.c.lease_until < func.now())
    first = (
        select(job.c.id, job.c.run_at)
        .where(QUEUED, job.c.kind == room.c.kind, job.c.run_at <= func.now(), unleased)
        .order_by(job.c.run_at)
        .limit(room.c.free)
        .with_for_update(skip_locked=True)
        .lateral("first")
    )
    due = select(first.c.id).select_from(room.join(first, true()))
    return due.order_by(room.c.priority.desc(), first.c.run_at).limit(places)
