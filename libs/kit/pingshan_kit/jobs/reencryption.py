"""Re-encryption of values from older data keys to the newest one, in batches; docs/how-to/rotate-keys.md."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from pydantic import BaseModel
from sqlalchemy import (
    Column,
    ColumnElement,
    MetaData,
    RowMapping,
    Table,
    Text,
    bindparam,
    cast,
    exists,
    func,
    or_,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_kit.away import AWAY_SECONDS
from pingshan_kit.crypto import KEY_ID_BYTES, PersonalData
from pingshan_kit.errors import Unavailable
from pingshan_kit.ids import uuid7
from pingshan_kit.jobs import queue
from pingshan_kit.jobs.queue import JobKind
from pingshan_kit.logging import log
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import ENCRYPTED_ROW, dead_letter, encrypted_columns, job


class Reencryption(BaseModel):
    """Orders the re-encryption of everything that is not under the newest key, and so has no fields."""


KIND = JobKind("kit.re-encryption", Reencryption, concurrency=1)
_BATCH = 500
"""Rows that are looked at in one transaction, and at most locked for its time."""
_LOCKED_SECONDS = 1.0


@dataclass(frozen=True)
class KeyUse:
    """Counts the values of one column by the key that encrypted them."""

    newest: int
    older: int
    unknown: int
    """Under a key that the secret `data_key` does not hold: nobody can read them."""


async def enqueue(database: Database) -> None:
    """Enqueues the job `kit.re-encryption`, unless one waits already; waits while PostgreSQL is away.

    A job that runs is not enough: it may have passed rows that this process encrypted with an older key before its
    restart.
    """
    waits = exists().where(job.c.kind == KIND.name, job.c.state == "queued", job.c.lease.is_(None))
    while True:
        try:
            async with database.begin() as tx:
                if not (await tx.execute(select(waits))).scalar_one():
                    await queue.enqueue(tx, KIND, str(uuid7()), Reencryption())
                return
        except Unavailable:
            await asyncio.sleep(AWAY_SECONDS)


async def reencrypt(database: Database, personal: PersonalData, metadata: MetaData) -> None:
    """Re-encrypts all columns that are marked as `encrypted`, until none holds a readable value under an older key.

    It may be interrupted at any time and begun again: each batch is a transaction. A value that cannot be decrypted
    stays and is logged. Raises Unavailable.
    """
    if not personal.older_key_ids:
        return
    for table in metadata.sorted_tables:
        if encrypted_columns(table):
            while await _walk(database, personal, table):  # noqa: ASYNC110 - the locks are another process's
                await asyncio.sleep(_LOCKED_SECONDS)
            log.info("table.reencrypted", table=table.name)


async def key_use(tx: AsyncConnection, personal: PersonalData, metadata: MetaData) -> dict[str, KeyUse]:
    """Counts the values of every marked column by their key; returns the counts by `<table>.<column>`."""
    used: dict[str, KeyUse] = {}
    for column in (column for table in metadata.sorted_tables for column in encrypted_columns(table)):
        newest = func.count().filter(_under(column, [personal.newest_key_id]))
        older = func.count().filter(_under(column, personal.older_key_ids))
        unknown = func.count(column) - newest - older
        counted = (await tx.execute(select(newest, older, unknown).select_from(column.table))).one()
        used[f"{column.table.name}.{column.name}"] = KeyUse(*counted)
    return used


async def waiting_payloads(tx: AsyncConnection, personal: PersonalData) -> int:
    """Counts the queued jobs and open dead letters that hold a value under an older key, as hexadecimal digits.

    They are not re-encrypted: a job is soon done, and a dead letter is retried or discarded by a person.
    """
    marks = [f'%"{key_id.hex()}%' for key_id in personal.older_key_ids]
    if not marks:
        return 0
    queued = or_(*(cast(job.c.payload, Text).like(mark) for mark in marks))
    letters = or_(*(dead_letter.c.payload.bool_op("LIKE")(mark.encode()) for mark in marks))
    counted = (
        select(func.count()).where(job.c.state == "queued", queued),
        select(func.count()).where(dead_letter.c.source == "job", dead_letter.c.resolved_at.is_(None), letters),
    )
    return sum([(await tx.execute(query)).scalar_one() for query in counted])


async def report(tx: AsyncConnection, personal: PersonalData, metadata: MetaData) -> list[str]:
    """Returns lines that say how far the re-encryption is, and whether the older keys may be removed."""
    older = ", ".join(key_id.hex() for key_id in personal.older_key_ids)
    lines = [f"newest data key {personal.newest_key_id.hex()}, older ones: {older or 'none'}"]
    used = await key_use(tx, personal, metadata)
    for place, use in used.items():
        unknown = f", {use.unknown} under a key that is not here" if use.unknown else ""
        lines.append(f"{place}: {use.newest} done, {use.older} left{unknown}")
    if older:
        left, waiting = sum(use.older for use in used.values()), await waiting_payloads(tx, personal)
        lines.append(f"left in all: {left} values, {waiting} queued jobs and open dead letters")
        lines.append("The older keys may not be removed yet." if left + waiting else "The older keys may be removed.")
    return lines


async def _walk(database: Database, personal: PersonalData, table: Table) -> int:
    """Walks once in the order of the primary key; returns how many rows others had locked, which stay as they are."""
    key, locked = tuple(table.primary_key), 0
    old = or_(*(_under(column, personal.older_key_ids) for column in encrypted_columns(table)))
    page = select(*key, func.coalesce(old, False).label("old")).order_by(*key).limit(_BATCH)
    after: ColumnElement[bool] | None = None
    while True:
        async with database.begin() as tx:
            rows = (await tx.execute(page if after is None else page.where(after))).all()
            found = [tuple(row)[:-1] for row in rows if row.old]
            if found:
                locked += len(found) - await _move(tx, personal, table, tuple_(*key).in_(found) & old)
        if len(rows) < _BATCH:
            return locked
        last = tuple(rows[-1])[:-1]
        bound = (bindparam(None, value, column.type) for column, value in zip(key, last, strict=True))
        after = tuple_(*key) > tuple_(*bound)


async def _move(tx: AsyncConnection, personal: PersonalData, table: Table, these: ColumnElement[bool]) -> int:
    """Returns the number of unlocked rows, all moved; waiting for a lock could end somebody else's transaction."""
    columns = [*table.primary_key, *encrypted_columns(table)]
    query = select(*columns).where(these).with_for_update(key_share=True, skip_locked=True)
    rows = (await tx.execute(query)).mappings().all()
    if rows:
        mine = [column == bindparam(f"key_{column.name}") for column in table.primary_key]
        moved: dict[str, Any] = {c.name: c for c in table.columns if c.onupdate is not None}  # nothing has changed
        moved |= {c.name: bindparam(f"new_{c.name}") for c in encrypted_columns(table)}
        await tx.execute(table.update().where(*mine).values(moved), [_values(personal, table, row) for row in rows])
    return len(rows)


def _values(personal: PersonalData, table: Table, row: RowMapping) -> dict[str, Any]:
    values = {f"key_{column.name}": row[column] for column in table.primary_key}
    return values | {f"new_{c.name}": _moved(personal, row[c], _place(c, row)) for c in encrypted_columns(table)}


def _moved(personal: PersonalData, blob: bytes | None, place: dict[str, str]) -> bytes | None:
    if blob is None or blob[:KEY_ID_BYTES] not in personal.older_key_ids:
        return blob
    try:
        return personal.encrypt(personal.decrypt(blob, **place), **place)
    except InvalidTag:
        log.error("value.undecryptable", table=place["table"], column=place["column"])
        return blob


def _place(column: Column[Any], row: RowMapping) -> dict[str, str]:
    """Returns the place to which the value is bound."""
    table = column.table
    key = {each.name: value.hex() if isinstance(value := row[each], bytes) else value for each in table.primary_key}
    return {"table": table.name, "column": column.name, "row": column.info[ENCRYPTED_ROW].format(**key)}


def _under(column: Column[Any], key_ids: Sequence[bytes]) -> ColumnElement[bool]:
    return func.substring(column, 1, KEY_ID_BYTES).in_(key_ids)
