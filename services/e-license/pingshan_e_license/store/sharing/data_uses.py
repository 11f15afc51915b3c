"""Queries on uses of data: numbered for each holder without gaps, encrypted, and only added to."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.among import among
from pingshan_kit.storage.tables import record, record_seal
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.sharing.use import DataUse, ReceiptedUse
from pingshan_e_license.store.tables import data_use, data_use_counter, kept_answer, verification_cursor

_TABLE = "data_use"
_ANSWERS = "kept_answer"
_VERIFIED = "license.verified"

_TAKE_NUMBERS = """
INSERT INTO data_use_counter (holder_code_index, uses)
SELECT holder_code_index, uses FROM unnest($1::bytea[], $2::bigint[]) AS k (holder_code_index, uses)
ORDER BY holder_code_index
ON CONFLICT (holder_code_index) DO UPDATE SET uses = data_use_counter.uses + excluded.uses
RETURNING holder_code_index, uses
"""


class RecordedVerification(NamedTuple):
    """Is one verification of a licence as the record of acts holds it."""

    position: int
    license_id: UUID | None
    """None where the record names no licence that was found."""
    details: Mapping[str, Any]
    recorded_at: Any


async def take_numbers(tx: AsyncConnection, wanted: Mapping[bytes, int]) -> dict[bytes, int]:
    """Returns by holder the last of as many new numbers as wanted. Their holders wait for the end of `tx`."""
    keys = sorted(wanted)
    rows = await tx.exec_driver_sql(_TAKE_NUMBERS, (keys, [wanted[key] for key in keys]))
    return {row.holder_code_index: row.uses for row in rows}


async def add(tx: AsyncConnection, personal: PersonalData, new: Sequence[ReceiptedUse]) -> None:
    rows = [
        {
            "use_id": each.use.use_id,
            "holder_code_index": personal.index(each.use.holder_code),
            "number": each.use.number,
            "used_at": each.use.used_at,
            "statement": _sealed(personal, each),
            "receipt": each.receipt,
        }
        for each in new
    ]
    if rows:
        await tx.execute(data_use.insert(), rows)


async def page(
    tx: AsyncConnection, personal: PersonalData, holder_codes: Sequence[str], *, before: UUID | None, limit: int
) -> list[ReceiptedUse]:
    """Returns up to `limit` uses of the holders' data, the newest first."""
    mine = among(data_use.c.holder_code_index, [personal.index(code) for code in holder_codes])
    query = select(data_use).where(mine)
    if before is not None:
        query = query.where(data_use.c.use_id < before)
    rows = await tx.execute(query.order_by(data_use.c.use_id.desc()).limit(limit))
    return [_opened(personal, row) for row in rows]


async def by_id(tx: AsyncConnection, personal: PersonalData, use_id: UUID) -> ReceiptedUse | None:
    row = (await tx.execute(select(data_use).where(data_use.c.use_id == use_id))).one_or_none()
    return None if row is None else _opened(personal, row)


async def count(tx: AsyncConnection, personal: PersonalData, holder_codes: Sequence[str]) -> dict[str, int]:
    """Returns the number of each holder's newest use, 0 where there was none."""
    indexes = {personal.index(code): code for code in holder_codes}
    query = select(data_use_counter).where(among(data_use_counter.c.holder_code_index, list(indexes)))
    known = {indexes[row.holder_code_index]: row.uses for row in await tx.execute(query)}
    return {code: known.get(code, 0) for code in holder_codes}


async def keep_answer(tx: AsyncConnection, personal: PersonalData, use: DataUse, answer: Mapping[str, Any]) -> None:
    sealed = personal.encrypt(_json(answer), table=_ANSWERS, column="answer", row=str(use.use_id))
    await tx.execute(kept_answer.insert().values(use_id=use.use_id, answer=sealed, answered_at=use.used_at))


async def answer(tx: AsyncConnection, personal: PersonalData, use_id: UUID) -> dict[str, Any] | None:
    """Returns what was answered, None where it is not kept any more."""
    blob = (await tx.execute(select(kept_answer.c.answer).where(kept_answer.c.use_id == use_id))).scalar_one_or_none()
    if blob is None:
        return None
    found: dict[str, Any] = json.loads(personal.decrypt(blob, table=_ANSWERS, column="answer", row=str(use_id)))
    return found


async def numbered_up_to(tx: AsyncConnection) -> int:
    """Returns the seal up to which verifications have their numbers, 0 before the first."""
    return (await tx.execute(select(verification_cursor.c.position))).scalar_one_or_none() or 0


async def lock_numbered_up_to(tx: AsyncConnection) -> int:
    """Returns what `numbered_up_to` does, and locks it until the end of `tx`."""
    await tx.execute(insert(verification_cursor).values(id=1, position=0).on_conflict_do_nothing())
    position: int = (await tx.execute(select(verification_cursor.c.position).with_for_update())).scalar_one()
    return position


async def set_numbered_up_to(tx: AsyncConnection, position: int) -> None:
    await tx.execute(verification_cursor.update().values(position=position))


async def sealed_up_to(tx: AsyncConnection) -> int:
    """Returns the position of the newest seal, 0 before the first."""
    return int((await tx.execute(select(func.coalesce(func.max(record_seal.c.position), 0)))).scalar_one())


async def verifications(tx: AsyncConnection, *, after: int, up_to: int) -> list[RecordedVerification]:
    """Returns the verifications among the sealed records above `after`, by position.

    Seals have no gaps, and are made of committed records only: none comes later with a smaller position.
    """
    sealed = record_seal.join(record, record.c.id == record_seal.c.record_id)
    columns = (record_seal.c.position, record.c.subject, record.c.details, record.c.recorded_at)
    query = select(*columns).select_from(sealed)
    query = query.where(record_seal.c.position > after, record_seal.c.position <= up_to, record.c.act == _VERIFIED)
    rows = await tx.execute(query.order_by(record_seal.c.position))
    return [RecordedVerification(row.position, _uuid(row.subject), row.details, row.recorded_at) for row in rows]


def _sealed(personal: PersonalData, each: ReceiptedUse) -> bytes:
    text = _json({"salt": each.salt, "use": each.use.statement()})
    return personal.encrypt(text, table=_TABLE, column="statement", row=str(each.use.use_id))


def _opened(personal: PersonalData, row: Any) -> ReceiptedUse:
    text = personal.decrypt(row.statement, table=_TABLE, column="statement", row=str(row.use_id))
    stated = json.loads(text)
    return ReceiptedUse(DataUse.from_statement(stated["use"]), stated["salt"], row.receipt)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
