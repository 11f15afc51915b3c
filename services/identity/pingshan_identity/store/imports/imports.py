"""Queries on imports of staff; the sheet is personal data, and encrypted."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from pingshan_kit.crypto import PersonalData
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.store.tables import person_import

_t = person_import.c


@dataclass(frozen=True, slots=True)
class Import:
    import_id: str
    uploaded_by: str
    uploaded_at: datetime
    file_name: str
    sheet: Sequence[Sequence[str]] = field(repr=False)
    rows: int
    wrong_rows: int
    ordered_at: datetime | None
    applied_at: datetime | None
    discarded_at: datetime | None
    has_passwords: bool


async def add(
    tx: AsyncConnection,
    personal: PersonalData,
    *,
    import_id: UUID,
    uploaded_by: str,
    file_name: str,
    sheet: Sequence[Sequence[str]],
    wrong_rows: int,
    now: datetime,
) -> None:
    await tx.execute(
        insert(person_import).values(
            import_id=import_id,
            uploaded_by=UUID(uploaded_by),
            uploaded_at=now,
            file_name=file_name,
            sheet_encrypted=personal.encrypt(json.dumps(sheet), **_place(import_id, "sheet_encrypted")),
            rows=len(sheet) - 1,
            wrong_rows=wrong_rows,
        )
    )


async def get(tx: AsyncConnection, personal: PersonalData, import_id: UUID, *, lock: bool = False) -> Import | None:
    query = select(person_import).where(_t.import_id == import_id)
    row = (await tx.execute(query.with_for_update() if lock else query)).mappings().one_or_none()
    return None if row is None else _import(personal, row)


async def page(tx: AsyncConnection, limit: int) -> Sequence[Mapping[str, Any]]:
    """Returns imports without their sheets, the latest first."""
    columns = (_t.import_id, _t.uploaded_at, _t.file_name, _t.rows, _t.wrong_rows, _t.ordered_at, _t.applied_at)
    rows = await tx.execute(select(*columns, _t.discarded_at).order_by(_t.uploaded_at.desc()).limit(limit))
    return [dict(row) for row in rows.mappings()]


async def order(tx: AsyncConnection, import_id: UUID, now: datetime) -> bool:
    """Marks an import as ordered. Returns False where it was ordered or discarded before."""
    return await _once(tx, import_id, {"ordered_at": now})


async def discard(tx: AsyncConnection, import_id: UUID, now: datetime) -> bool:
    return await _once(tx, import_id, {"discarded_at": now})


async def note_applied(
    tx: AsyncConnection, personal: PersonalData, import_id: UUID, passwords: Sequence[Sequence[str]], now: datetime
) -> None:
    sealed = personal.encrypt(json.dumps(passwords), **_place(import_id, "passwords_encrypted"))
    values = {"applied_at": now, "passwords_encrypted": sealed if len(passwords) > 1 else None}
    await tx.execute(update(person_import).where(_t.import_id == import_id).values(values))


async def take_passwords(
    tx: AsyncConnection, personal: PersonalData, import_id: UUID, by: str
) -> list[list[str]] | None:
    """Returns the sheet of initial passwords to who uploaded the import, and deletes it; None where there is none."""
    mine = (_t.import_id == import_id) & (_t.uploaded_by == UUID(by))
    sealed = (await tx.execute(select(_t.passwords_encrypted).where(mine).with_for_update())).scalar_one_or_none()
    if sealed is None:
        return None
    await tx.execute(update(person_import).where(mine).values(passwords_encrypted=None))
    found: list[list[str]] = json.loads(personal.decrypt(sealed, **_place(import_id, "passwords_encrypted")))
    return found


async def _once(tx: AsyncConnection, import_id: UUID, values: Mapping[str, Any]) -> bool:
    done = await tx.execute(
        update(person_import)
        .where(_t.import_id == import_id, _t.ordered_at.is_(None), _t.discarded_at.is_(None))
        .values(values)
        .returning(_t.import_id)
    )
    return done.one_or_none() is not None


def _place(import_id: UUID, column: str) -> dict[str, str]:
    return {"table": "person_import", "column": column, "row": str(import_id)}


def _import(personal: PersonalData, row: Mapping[Any, Any]) -> Import:
    sealed = row["sheet_encrypted"]
    return Import(
        import_id=str(row["import_id"]),
        uploaded_by=str(row["uploaded_by"]),
        uploaded_at=row["uploaded_at"],
        file_name=row["file_name"],
        sheet=json.loads(personal.decrypt(sealed, **_place(row["import_id"], "sheet_encrypted"))),
        rows=row["rows"],
        wrong_rows=row["wrong_rows"],
        ordered_at=row["ordered_at"],
        applied_at=row["applied_at"],
        discarded_at=row["discarded_at"],
        has_passwords=row["passwords_encrypted"] is not None,
    )
