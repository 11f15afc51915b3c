"""Records of who did what: append-only, and chained by hashes in the order in which the sealer reads them.

Own code: a record must commit with the act that it records. A ledger database would be another server without that
transaction, and pgaudit writes statements to a log file, not acts to rows that nobody can change unseen.
"""

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from pingshan_values.actor import Actor
from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_kit import telemetry
from pingshan_kit.errors import Unavailable
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import record, record_pending, record_seal

GENESIS = bytes(32)
"""Hash that stands before the first seal: 32 zero bytes."""
_PAGE = 1000
_SEALED_WITHIN = timedelta(minutes=1)
_LOCK = 7_471_003
_POLL_SECONDS = 1.0


class BrokenChainError(Exception):
    """A record or a seal was changed, removed or left out."""


async def append(tx: AsyncConnection, *, actor: Actor, act: str, subject: str, details: Mapping[str, Any]) -> None:
    """Records an act in the transaction that performs it. `details` holds ids and codes, never personal data."""
    row = record.insert().values(
        actor=actor.id, act=act, subject=subject, details=dict(details), trace_id=telemetry.trace_code()
    )
    added = row.returning(record.c.id).cte("added")
    await tx.execute(record_pending.insert().from_select(["record_id"], select(added.c.id)))


def seal_hash(previous: bytes, row: Row[Any]) -> bytes:
    """Returns SHA-256 (32 bytes) over the previous seal and the record as it is stored."""
    content = [row.id, row.recorded_at.isoformat(), row.actor, row.act, row.subject, row.details, row.trace_id]
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(previous + canonical.encode()).digest()


async def verify(tx: AsyncConnection) -> int:
    """Checks the whole chain and returns the number of sealed records.

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
            previous = row.hash
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


class Sealer:
    """Seals appended records outside the writers' transactions; of a service's processes one seals at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

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
        with suppress(Unavailable):
            await self.seal()

    async def seal(self) -> int:
        """Seals up to 1000 records and returns their number; 0 also while another process seals. Raises Unavailable."""
        async with self._database.begin() as tx:
            if not (await tx.execute(select(func.pg_try_advisory_xact_lock(_LOCK)))).scalar_one():
                return 0
            pending = record_pending.join(record, record.c.id == record_pending.c.record_id)
            query = select(record).select_from(pending).order_by(record.c.id).limit(_PAGE)
            rows = (await tx.execute(query)).all()
            if rows:
                await tx.execute(record_seal.insert(), await _seals(tx, rows))
                taken = record_pending.c.record_id.in_([row.id for row in rows])
                await tx.execute(record_pending.delete().where(taken))
            return len(rows)


async def _seals(tx: AsyncConnection, rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    newest = select(record_seal.c.position, record_seal.c.hash).order_by(record_seal.c.position.desc()).limit(1)
    last = (await tx.execute(newest)).one_or_none()
    position, previous = (last.position, last.hash) if last else (0, GENESIS)
    seals = []
    for row in rows:
        position, previous = position + 1, seal_hash(previous, row)
        seals.append({"position": position, "record_id": row.id, "hash": previous})
    return seals
