"""Queries on requests to file, each of which gets its case number before anything else happens."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_workflow.domain.cases.case import number_of, numbered, year_of
from pingshan_workflow.store.tables import case_number, submission


@dataclass(frozen=True, slots=True)
class Reservation:
    case_id: str
    definition_hash: str
    request_hash: bytes
    received_at: datetime


async def find(tx: AsyncConnection, caller: str, request_id: UUID) -> Reservation | None:
    mine = (submission.c.caller == caller) & (submission.c.request_id == request_id)
    columns = (
        submission.c.case_id,
        submission.c.definition_hash,
        submission.c.request_hash,
        submission.c.received_at,
    )
    row = (await tx.execute(select(*columns).where(mine))).one_or_none()
    return None if row is None else Reservation(*row)


async def request_of(tx: AsyncConnection, case_id: str) -> UUID | None:
    """Returns the request that the case was filed with, None where that is not known."""
    query = select(submission.c.request_id).where(submission.c.case_id == case_id)
    return (await tx.execute(query)).scalar_one_or_none()


async def reserve(
    tx: AsyncConnection,
    *,
    caller: str,
    request_id: UUID,
    request_hash: bytes,
    definition_hash: str,
    received_at: datetime,
    year: int,
) -> Reservation:
    """Returns what the request got before, or reserves the next case number of the year.

    Equal requests at the same time get the same number.
    """
    last = await _lock_year(tx, year)
    known = await find(tx, caller, request_id)
    if known:
        return known
    case_id = await _next(tx, year, last)
    row = submission.insert().values(
        caller=caller,
        request_id=request_id,
        request_hash=request_hash,
        case_id=case_id,
        definition_hash=definition_hash,
        received_at=received_at,
    )
    await tx.execute(row)
    return Reservation(case_id, definition_hash, request_hash, received_at)


async def renumber(tx: AsyncConnection, caller: str, request_id: UUID, taken: Reservation) -> Reservation:
    """Returns what the request has now: the next number of the same year, unless it has lost the taken one already."""
    year = year_of(taken.case_id)
    last = await _lock_year(tx, year)
    mine = (submission.c.caller == caller) & (submission.c.request_id == request_id)
    known = await find(tx, caller, request_id)
    if known is not None and known.case_id != taken.case_id:
        return known
    case_id = await _next(tx, year, last)
    await tx.execute(submission.update().where(mine).values(case_id=case_id))
    return replace(taken, case_id=case_id)


async def put_back(
    tx: AsyncConnection,
    *,
    caller: str,
    request_id: UUID,
    request_hash: bytes,
    case_id: str,
    definition_hash: str,
    received_at: datetime,
) -> None:
    """Adds what an older copy of the database does not know: the request's number, and that the number is given.

    Whatever the request or the number has here already stays.
    """
    year, number = year_of(case_id), number_of(case_id)
    last = await _lock_year(tx, year)
    if last < number:
        await tx.execute(case_number.update().where(case_number.c.year == year).values(last=number))
    row = insert(submission).values(
        caller=caller,
        request_id=request_id,
        request_hash=request_hash,
        case_id=case_id,
        definition_hash=definition_hash,
        received_at=received_at,
    )
    await tx.execute(row.on_conflict_do_nothing())


async def _next(tx: AsyncConnection, year: int, last: int) -> str:
    await tx.execute(case_number.update().where(case_number.c.year == year).values(last=last + 1))
    return numbered(year, last + 1)


async def _lock_year(tx: AsyncConnection, year: int) -> int:
    """Locks the year's counter and returns the last number given, 0 at first."""
    await tx.execute(insert(case_number).values(year=year, last=0).on_conflict_do_nothing())
    query = select(case_number.c.last).where(case_number.c.year == year).with_for_update()
    return int((await tx.execute(query)).scalar_one())
