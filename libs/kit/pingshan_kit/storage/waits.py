"""Waits in the database: which counts of a service's table refuse at this moment, who is slowed down, and lifting.

The table has the columns of `budgets`, and `counted` (what is counted), one column marked as `encrypted` for the
network or number that is counted, `lifted_at`, and what the service adds.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.among import among
from pingshan_kit.storage.tables import encrypted_columns


@dataclass(frozen=True, slots=True)
class Slowed:
    """Describes a count that refuses at this moment."""

    key: bytes
    counted: str
    subject: str | None
    """Network, number or range, not masked; None where the count has none."""
    attempts: int
    attempted_at: datetime
    blocked_until: datetime
    columns: Mapping[str, Any]
    """All columns of the row by name, those that the service adds too."""


def sealed_subject(personal: PersonalData, table: Table, key: bytes, subject: str | None) -> dict[str, bytes | None]:
    """Returns the value of the encrypted column by the column's name, for the row with that key."""
    column = _subject_column(table)
    if subject is None:
        return {column.name: None}
    return {column.name: personal.encrypt(subject, **_place(column, key))}


async def note_refused(
    tx: AsyncConnection, table: Table, key: bytes, blocked_until: datetime, now: datetime, **columns: Any
) -> None:
    """Keeps that a limit which is counted elsewhere refuses until then, so that it is seen and can be lifted.

    `columns` are set in a new row.
    """
    known = table.c
    row = insert(table).values(key=key, attempts=1, blocked_until=blocked_until, attempted_at=now, **columns)
    again = {"attempts": known.attempts + 1, "blocked_until": blocked_until, "attempted_at": now}
    await tx.execute(row.on_conflict_do_update(index_elements=[known.key], set_=again))


async def slowed(
    tx: AsyncConnection, personal: PersonalData, table: Table, now: datetime, *, limit: int
) -> list[Slowed]:
    """Returns the counts that refuse at `now`, at most `limit`, those that do so for longest first."""
    return await _slowed(tx, personal, table, table.c.blocked_until > now, limit)


async def slowed_by_key(
    tx: AsyncConnection, personal: PersonalData, table: Table, key: bytes, now: datetime
) -> Slowed | None:
    """Returns the count with that key where it refuses at `now`, else None."""
    found = await _slowed(tx, personal, table, (table.c.key == key) & (table.c.blocked_until > now), 1)
    return found[0] if found else None


async def lift(tx: AsyncConnection, table: Table, key: bytes, now: datetime) -> None:
    """Lets what a limit counts elsewhere count from `now` on only."""
    await tx.execute(update(table).where(table.c.key == key).values(lifted_at=now, blocked_until=now))


async def lifted(tx: AsyncConnection, table: Table, keys: Collection[bytes]) -> dict[bytes, datetime]:
    """Returns by key from when on what a limit counts elsewhere counts, for the keys whose wait was ever lifted."""
    known = table.c
    rows = await tx.execute(
        select(known.key, known.lifted_at).where(among(known.key, keys), known.lifted_at.is_not(None))
    )
    return {row.key: row.lifted_at for row in rows}


async def _slowed(
    tx: AsyncConnection, personal: PersonalData, table: Table, which: ColumnElement[bool], limit: int
) -> list[Slowed]:
    query = select(table).where(which).order_by(table.c.blocked_until.desc(), table.c.key).limit(limit)
    column = _subject_column(table)
    return [
        Slowed(
            key=row["key"],
            counted=row["counted"],
            subject=None if row[column] is None else personal.decrypt(row[column], **_place(column, row["key"])),
            attempts=row["attempts"],
            attempted_at=row["attempted_at"],
            blocked_until=row["blocked_until"],
            columns=dict(row),
        )
        for row in (await tx.execute(query)).mappings()
    ]


def _subject_column(table: Table) -> Column[Any]:
    (column,) = encrypted_columns(table)
    return column


def _place(column: Column[Any], key: bytes) -> dict[str, str]:
    return {"table": column.table.name, "column": column.name, "row": key.hex()}
