"""Messages, jobs and inputs that failed for reasons of their own: kept until a person retries or discards them."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from opentelemetry import trace
from pingshan_events.base import Event
from pingshan_values import strict_json
from pingshan_values.actor import Actor
from pingshan_values.text import is_text
from sqlalchemy import ColumnElement, RowMapping, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_kit import audit_log
from pingshan_kit.away import is_away
from pingshan_kit.errors import NotFound
from pingshan_kit.events import inbox
from pingshan_kit.events.signatures import HEADER, Verifier
from pingshan_kit.ids import uuid7
from pingshan_kit.storage.database import Database, note_added
from pingshan_kit.storage.tables import dead_letter, intake, job
from pingshan_kit.telemetry import remote_context, span_context, trace_code

LONGEST_REASON = 500
"""Most characters of the reason for which a letter is given up."""


@dataclass(frozen=True)
class Failure:
    """Describes one failed run of a handler."""

    source: str
    """`event`, `job` or `intake`."""
    handler: str
    """Durable of the consumer, or kind of the job or input."""
    message_id: str
    """Event id, key of the job, or id of the input."""
    subject: str
    payload: bytes
    headers: Mapping[str, str]
    code: str
    """Class of the exception, or the reason that the handler gave: never its text, which may hold personal data."""


@dataclass(frozen=True)
class DeadLetter:
    id: UUID
    source: str
    handler: str
    message_id: str
    subject: str
    payload: str
    code: str
    attempts: int
    trace_id: str
    died_at: datetime


@dataclass(frozen=True)
class DeadConsumer:
    """Holds what a retry needs to know of a consumer."""

    name: str
    event: type[Event]
    handle: Callable[[AsyncConnection, Any], Awaitable[None]]
    verifier: Verifier


class RetryFailedError(Exception):
    """The handler failed again; the dead letter stays."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


async def count_failure(tx: AsyncConnection, failure: Failure, *, attempts: int | None = None) -> int:
    """Notes that a handler failed and returns how often by now; `attempts` sets the number where a job counts it."""
    row = insert(dead_letter).values(
        id=uuid7(),
        source=failure.source,
        handler=failure.handler,
        message_id=failure.message_id,
        subject=failure.subject,
        payload=failure.payload,
        headers=dict(failure.headers),
        code=failure.code,
        attempts=attempts or 1,
        trace_id=trace_code(),
    )
    upsert = row.on_conflict_do_update(
        index_elements=["source", "handler", "message_id"],
        set_={
            "attempts": attempts or dead_letter.c.attempts + 1,
            "code": row.excluded.code,
            "trace_id": row.excluded.trace_id,
        },
    )
    count: int = (await tx.execute(upsert.returning(dead_letter.c.attempts))).scalar_one()
    return count


async def bury(tx: AsyncConnection, failure: Failure) -> None:
    """Opens a counted failure for a person's decision; nothing retries it by itself from then on."""
    opened = {"died_at": func.now(), "resolved_at": None, "resolution": None, "resolved_by": None, "reason": None}
    await tx.execute(dead_letter.update().where(_same(failure)).values(opened))


async def clear(tx: AsyncConnection, source: str, handler: str, message_id: str) -> None:
    """Deletes the counted failures of a handler that succeeded by itself; a dead letter stays."""
    mine = (dead_letter.c.source == source) & (dead_letter.c.handler == handler)
    mine &= (dead_letter.c.message_id == message_id) & dead_letter.c.died_at.is_(None)
    await tx.execute(dead_letter.delete().where(mine))


def _same(failure: Failure) -> ColumnElement[bool]:
    return (
        (dead_letter.c.source == failure.source)
        & (dead_letter.c.handler == failure.handler)
        & (dead_letter.c.message_id == failure.message_id)
    )


def _open() -> ColumnElement[bool]:
    return dead_letter.c.died_at.is_not(None) & dead_letter.c.resolved_at.is_(None)


class DeadLetters:
    """Reads and decides dead letters for the console page. Every decision is recorded with who made it."""

    def __init__(self, database: Database, consumers: Sequence[DeadConsumer]) -> None:
        self._database = database
        self._consumers = {consumer.name: consumer for consumer in consumers}

    async def open_letters(self, *, limit: int = 50, offset: int = 0) -> list[DeadLetter]:
        """Returns the open dead letters, the newest first."""
        query = select(dead_letter).where(_open()).order_by(dead_letter.c.died_at.desc(), dead_letter.c.id)
        async with self._database.read() as tx:
            rows = (await tx.execute(query.limit(limit).offset(offset))).mappings().all()
        return [_letter(row) for row in rows]

    async def count(self) -> int:
        async with self._database.read() as tx:
            return (await tx.execute(select(func.count()).select_from(dead_letter).where(_open()))).scalar_one()

    async def find(self, letter_id: UUID) -> DeadLetter:
        """Returns an open dead letter. Raises NotFound where there is none with that id."""
        async with self._database.read() as tx:
            row = (
                (await tx.execute(select(dead_letter).where(dead_letter.c.id == letter_id, _open()))).mappings().first()
            )
        if row is None:
            raise NotFound(dead_letter=letter_id)
        return _letter(row)

    async def retry(self, actor: Actor, letter_id: UUID) -> None:
        """Runs the handler from the row: its effect, the inbox and the decision in one transaction.

        A job is queued again with its attempts set to zero, and an input that was heard waits again, before what was
        heard after it. Raises NotFound where the letter is not open, and RetryFailedError where the handler fails
        again or the input's time is over; an error that means that a part is away is raised uncounted.
        """
        row: RowMapping | None = None
        try:
            async with self._database.begin() as tx:
                row = await _locked(tx, letter_id)
                _link_to(row)
                await self._run(tx, row)
                await _resolve(tx, row, actor, "retried", "")
        except Exception as error:
            if row is None or is_away(error):
                raise
            await self._failed_again(row, type(error).__name__)
            raise RetryFailedError(type(error).__name__) from error

    async def discard(self, actor: Actor, letter_id: UUID, reason: str) -> None:
        """Gives a letter up; a replay does not bring it back.

        Raises NotFound, and ValueError unless the reason is a text of 1 to 500 characters.
        """
        if not is_text(reason, LONGEST_REASON):
            raise ValueError("a reason is needed, as text")
        async with self._database.begin() as tx:
            row = await _locked(tx, letter_id)
            event_id = _uuid(row["message_id"])
            if row["source"] == "event" and event_id:
                await inbox.take(tx, row["handler"], event_id)
            if row["source"] == "intake" and event_id:
                await tx.execute(intake.delete().where(intake.c.id == event_id))
            await _resolve(tx, row, actor, "discarded", reason.strip())

    async def _run(self, tx: AsyncConnection, row: RowMapping) -> None:
        if row["source"] == "job":
            mine = (job.c.kind == row["handler"]) & (job.c.key == row["message_id"])
            again = {"state": "queued", "attempts": 0, "run_at": func.now(), "finished_at": None}
            await tx.execute(job.update().where(mine).values(again))
            note_added(tx, "job")
            return
        if row["source"] == "intake":
            await _unpark(tx, row)
            return
        consumer = self._consumers[row["handler"]]
        if HEADER in row["headers"]:  # an earlier version kept letters that nobody had signed: they are decided as read
            consumer.verifier.check(row["subject"], row["headers"], row["payload"])
        event = consumer.event.model_validate_json(row["payload"])
        if await inbox.take(tx, consumer.name, event.event_id):
            await consumer.handle(tx, event)

    async def _failed_again(self, row: RowMapping, code: str) -> None:
        again = {"attempts": dead_letter.c.attempts + 1, "code": code, "trace_id": trace_code()}
        async with self._database.begin() as tx:
            await tx.execute(dead_letter.update().where(dead_letter.c.id == row["id"]).values(again))


async def _locked(tx: AsyncConnection, letter_id: UUID) -> RowMapping:
    query = select(dead_letter).where(dead_letter.c.id == letter_id, _open()).with_for_update()
    row = (await tx.execute(query)).mappings().one_or_none()
    if row is None:
        raise NotFound(dead_letter=letter_id)
    return row


async def _unpark(tx: AsyncConnection, row: RowMapping) -> None:
    """Lets a parked input wait again. Raises NotFound where its time was over."""
    mine = intake.c.id == UUID(row["message_id"])
    if not (await tx.execute(intake.update().where(mine).values(parked_at=None))).rowcount:
        raise NotFound(intake=row["message_id"])
    note_added(tx, "intake")


async def _resolve(tx: AsyncConnection, row: RowMapping, actor: Actor, resolution: str, reason: str) -> None:
    values = {"resolved_at": func.now(), "resolution": resolution, "resolved_by": actor.id, "reason": reason}
    await tx.execute(dead_letter.update().where(dead_letter.c.id == row["id"]).values(values))
    details = {"source": row["source"], "handler": row["handler"], "message_id": row["message_id"], "reason": reason}
    await audit_log.append(
        tx, actor=actor, act=f"dead-letter.{resolution}", subject=f"dead-letter:{row['id']}", details=details
    )


def _link_to(row: RowMapping) -> None:
    """Links the decision's span to the act that failed."""
    failed = span_context(remote_context({"traceparent": row["headers"].get("traceparent", "")}))
    if failed.is_valid:
        trace.get_current_span().add_link(failed)


def _letter(row: RowMapping) -> DeadLetter:
    names = ("id", "source", "handler", "message_id", "subject", "code", "attempts", "trace_id")
    return DeadLetter(**{name: row[name] for name in (*names, "died_at")}, payload=_readable(row["payload"]))


def _readable(payload: bytes) -> str:
    try:
        return json.dumps(strict_json.loads(payload), ensure_ascii=False, indent=2)
    except ValueError:
        return payload.decode("utf-8", "replace")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
