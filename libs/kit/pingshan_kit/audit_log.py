"""Records of who did what: append-only, and chained by hashes in the order in which the sealer reads them.

Own code: a record must commit with the act that it records. A ledger database would be another server without that
transaction, and pgaudit writes statements to a log file, not acts to rows that nobody can change unseen.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

from pingshan_values.actor import Actor
from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_kit import telemetry
from pingshan_kit.errors import Unavailable
from pingshan_kit.storage.among import among
from pingshan_kit.storage.database import Database, to_json
from pingshan_kit.storage.lane import Joined, Lane
from pingshan_kit.storage.tables import record, record_pending, record_seal

GENESIS = bytes(32)
"""Hash that stands before the first seal: 32 zero bytes."""
_PAGE = 1000
_SEALED_WITHIN = timedelta(minutes=1)
_LOCK = 7_471_003
_POLL_SECONDS = 1.0
HEAD_EVERY_SECONDS = 60.0
"""Between two heads of a process, where something was sealed since."""

ADDED = """added AS (
    INSERT INTO record (actor, act, subject, details, trace_id)
    SELECT actor, act, subject, details::jsonb, trace_id FROM k ORDER BY n
    RETURNING id
)"""
"""Part of a statement that records the rows of its `k`, whose columns are those of `row_of`, and `n`."""
PENDING = "INSERT INTO record_pending (record_id) SELECT id FROM added"
"""Part of the same statement: no record without it is ever sealed."""

_APPEND = f"""
WITH k AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
        WITH ORDINALITY AS k (actor, act, subject, details, trace_id, n)
), {ADDED}
{PENDING}
"""  # noqa: S608 - no value stands in it

H = TypeVar("H")
RecordRow = tuple[str, str, str, str, str]


class BrokenChainError(Exception):
    """A record or a seal was changed, removed or left out."""


class HeadKeeper(Protocol[H]):
    """Gives heads of the chain away, so that somebody else knows how far it went."""

    async def publish(self, tx: AsyncConnection, position: int, seal: bytes, sealed_at: datetime) -> H: ...

    def write(self, head: H) -> None: ...


class SealChecker(Protocol):
    """Holds the chain against what was given away; both raise BrokenChainError."""

    def check_seal(self, position: int, seal: bytes) -> None: ...

    def check_end(self, position: int) -> None: ...


@dataclass(frozen=True)
class Record:
    """Says who did what. `details` holds ids and codes, never personal data."""

    actor: Actor
    act: str
    subject: str
    details: Mapping[str, Any]
    trace_id: str = field(default_factory=telemetry.trace_code)
    """Of the act in which it was made."""


async def append(tx: AsyncConnection, *, actor: Actor, act: str, subject: str, details: Mapping[str, Any]) -> None:
    """Records an act in the transaction that performs it. `details` holds ids and codes, never personal data."""
    await append_all(tx, [Record(actor, act, subject, details)])


async def append_all(tx: AsyncConnection, records: Sequence[Record]) -> None:
    """Records the acts in one statement and in their order, in the transaction that performs them."""
    if records:
        await tx.exec_driver_sql(_APPEND, tuple(map(list, zip(*map(row_of, records), strict=True))))


class Recorder:
    """Records acts that change nothing else: those that come at the same time share a statement and its commit."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._append = Joined(Lane(database), _APPEND, row=tuple, otherwise=self._append_alone)

    async def record(self, *, actor: Actor, act: str, subject: str, details: Mapping[str, Any]) -> None:
        """Records an act, and returns after the commit. Raises Unavailable; then it may be there or not."""
        await self._append(row_of(Record(actor, act, subject, details)))

    async def _append_alone(self, row: RecordRow) -> list[Any]:
        async with self._database.begin() as tx:
            await tx.exec_driver_sql(_APPEND, tuple([column] for column in row))
        return []


def row_of(each: Record) -> RecordRow:
    """Returns actor, act, subject, details as JSON, and trace id."""
    return each.actor.id, each.act, each.subject, to_json(dict(each.details)), each.trace_id


def seal_hash(previous: bytes, row: Row[Any]) -> bytes:
    """Returns SHA-256 (32 bytes) over the previous seal and the record as it is stored."""
    content = [row.id, row.recorded_at.isoformat(), row.actor, row.act, row.subject, row.details, row.trace_id]
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(previous + canonical.encode()).digest()


async def verify(tx: AsyncConnection, heads: SealChecker | None = None) -> int:
    """Checks the whole chain, also against signed heads, and returns the number of sealed records.

    Raises BrokenChainError naming the first wrong place, or a record that has had no seal for more than a minute.
    """
    position, previous = 0, GENESIS
    while page := await _page(tx, position):
        for row in page:
            position += 1
            if row.position != position:
                raise BrokenChainError(f"seal {position} is missing")
            previous_expected = seal_hash(previous, row)
            if row.hash != previous_expected:
                raise BrokenChainError(f"record {row.id} does not match seal {position}")
            if heads is not None:
                heads.check_seal(position, row.hash)
            previous = row.hash
    if heads is not None:
        heads.check_end(position)
    await _refuse_unsealed(tx)
    return position


async def _page(tx: AsyncConnection, after: int) -> list[Row[Any]]:
    joined = record_seal.join(record, record.c.id == record_seal.c.record_id)
    query = select(record_seal.c.position, record_seal.c.hash, record).select_from(joined)
    query = query.where(record_seal.c.position > after).order_by(record_seal.c.position).limit(_PAGE)
    return list((await tx.execute(query)).all())


async def _refuse_unsealed(tx: AsyncConnection) -> None:
    joined = record.outerjoin(record_seal, record.c.id == record_seal.c.record_id)
    late = record_seal.c.record_id.is_(None) & (record.c.recorded_at < func.now() - _SEALED_WITHIN)
    unsealed = (await tx.execute(select(record.c.id).select_from(joined).where(late).limit(1))).scalar()
    if unsealed is not None:
        raise BrokenChainError(f"record {unsealed} has no seal")


class Sealer(Generic[H]):
    """Seals appended records outside the writers' transactions; of a service's processes one seals at a time."""

    def __init__(self, database: Database, heads: HeadKeeper[H] | None = None) -> None:
        self._database = database
        self._heads = heads
        self._given_away = 0
        self._given_at = float("-inf")

    async def run(self) -> None:
        while True:
            try:
                sealed = await self.seal()
            except Unavailable:
                sealed = 0
            if sealed < _PAGE:
                await asyncio.sleep(_POLL_SECONDS)

    async def drain(self) -> None:
        """Seals up to 1000 waiting records; where PostgreSQL is away, they wait for the next start."""
        self._given_at = float("-inf")
        with suppress(Unavailable):
            await self.seal()

    async def seal(self) -> int:
        """Seals up to 1000 records and returns their number; 0 also while another process seals. Raises Unavailable.

        It gives the head of the chain away, once a minute at most.
        """
        head = None
        async with self._database.begin() as tx:
            if not (await tx.execute(select(func.pg_try_advisory_xact_lock(_LOCK)))).scalar_one():
                return 0
            pending = record_pending.join(record, record.c.id == record_pending.c.record_id)
            query = select(record).select_from(pending).order_by(record.c.id).limit(_PAGE)
            rows = (await tx.execute(query)).all()
            if rows:
                await tx.execute(record_seal.insert(), await _seals(tx, rows))
                taken = among(record_pending.c.record_id, [row.id for row in rows])
                await tx.execute(record_pending.delete().where(taken))
            if self._heads is not None and time.monotonic() - self._given_at >= HEAD_EVERY_SECONDS:
                head = await self._give_away(tx, self._heads)
        if self._heads is not None and head is not None:
            await asyncio.to_thread(self._heads.write, head)
        return len(rows)

    async def _give_away(self, tx: AsyncConnection, heads: HeadKeeper[H]) -> H | None:
        """Returns the head of the chain, where it went on since the last one of this process."""
        columns = (record_seal.c.position, record_seal.c.hash, record_seal.c.sealed_at)
        newest = (await tx.execute(select(*columns).order_by(record_seal.c.position.desc()).limit(1))).one_or_none()
        if newest is None or newest.position == self._given_away:
            return None
        head = await heads.publish(tx, newest.position, newest.hash, newest.sealed_at)
        self._given_away, self._given_at = newest.position, time.monotonic()
        return head


async def _seals(tx: AsyncConnection, rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    newest = select(record_seal.c.position, record_seal.c.hash).order_by(record_seal.c.position.desc()).limit(1)
    last = (await tx.execute(newest)).one_or_none()
    position, previous = (last.position, last.hash) if last else (0, GENESIS)
    seals = []
    for row in rows:
        position, previous = position + 1, seal_hash(previous, row)
        seals.append({"position": position, "record_id": row.id, "hash": previous})
    return seals
