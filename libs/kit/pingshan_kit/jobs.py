"""Outside effects as rows: enqueued in the use case's transaction, run afterwards by the job runner."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_kit import telemetry
from pingshan_kit.database import note_added
from pingshan_kit.tables import job


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
