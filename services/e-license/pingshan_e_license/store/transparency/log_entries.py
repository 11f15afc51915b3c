"""Adds entries to the transparency log, and finds them; what an entry says is encrypted."""

import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.ids import uuid7
from pingshan_kit.storage.among import among
from pingshan_values.log_proof import SALT_BYTES, Opening
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.transparency.log_entry import EntryKind, LogEntry, NewEntry
from pingshan_e_license.store.tables import log_entry

_TABLE = "log_entry"
_APPEND = """
WITH k AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[], $5::bytea[], $6::timestamptz[])
        AS k (entry_id, kind, subject, commitment, opening, recorded_at)
), added AS (
    INSERT INTO log_entry (entry_id, kind, subject, commitment, opening, recorded_at) SELECT * FROM k
    RETURNING entry_id
)
INSERT INTO log_pending (entry_id) SELECT entry_id FROM added
"""


async def append(
    tx: AsyncConnection, personal: PersonalData, *, kind: EntryKind, subject: str, content: Mapping[str, Any]
) -> UUID:
    """Adds an act to the transparency log in the transaction that performs it, and returns the id of its entry.

    The entry is in the log when the transaction commits, and has an index and a proof some seconds later. `subject` is
    the id by which it is found, such as a licence's; `content` says what happened, in texts, whole numbers, truth
    values, lists and objects. Both stay here, `content` encrypted: the log publishes a salted commitment only. Raises
    ValueError where the content has a number with a fraction.
    """
    [entry_id] = await append_all(tx, personal, [NewEntry(kind, subject, content)])
    return entry_id


async def append_all(tx: AsyncConnection, personal: PersonalData, entries: Sequence[NewEntry]) -> list[UUID]:
    """Adds the acts in one statement, each as `append` does, and returns the ids of their entries in their order."""
    if not entries:
        return []
    now = clock.now()
    made = [each.committed(uuid7(), secrets.token_bytes(SALT_BYTES), now) for each in entries]
    rows = [
        (entry.entry_id, entry.kind.value, new.subject, entry.commitment, _sealed(personal, entry, opening), now)
        for new, (entry, opening) in zip(entries, made, strict=True)
    ]
    await tx.exec_driver_sql(_APPEND, tuple(map(list, zip(*rows, strict=True))))
    return [entry.entry_id for entry, _ in made]


async def by_id(tx: AsyncConnection, entry_id: UUID) -> LogEntry | None:
    row = (await tx.execute(select(log_entry).where(log_entry.c.entry_id == entry_id))).one_or_none()
    return None if row is None else _entry(row)


async def of_subject(
    tx: AsyncConnection, personal: PersonalData, subject: str, kinds: Collection[EntryKind], *, limit: int
) -> list[tuple[LogEntry, Opening]]:
    """Returns up to `limit` entries of these kinds about the subject with what opens them, the oldest first."""
    mine = (log_entry.c.subject == subject, among(log_entry.c.kind, [kind.value for kind in kinds]))
    rows = await tx.execute(select(log_entry).where(*mine).order_by(log_entry.c.entry_id).limit(limit))
    return [(_entry(row), _opening(personal, row)) for row in rows]


async def opening(tx: AsyncConnection, personal: PersonalData, entry_id: UUID) -> Opening | None:
    """Returns what the entry says; the caller has made sure that it may be shown."""
    row = (await tx.execute(select(log_entry).where(log_entry.c.entry_id == entry_id))).one_or_none()
    return None if row is None else _opening(personal, row)


def _entry(row: Row[Any]) -> LogEntry:
    return LogEntry(row.entry_id, EntryKind(row.kind), row.commitment, row.recorded_at)


def _sealed(personal: PersonalData, entry: LogEntry, opening: Opening) -> bytes:
    text = json.dumps(opening.document(), ensure_ascii=False)
    return personal.encrypt(text, table=_TABLE, column="opening", row=str(entry.entry_id))


def _opening(personal: PersonalData, row: Row[Any]) -> Opening:
    text = personal.decrypt(row.opening, table=_TABLE, column="opening", row=str(row.entry_id))
    return Opening.of(json.loads(text))
