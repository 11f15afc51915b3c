"""Queries on cases, the projection that pages read."""

import json
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.among import among
from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_workflow.domain.cases.case import CaseFile, CaseState, Fault
from pingshan_workflow.domain.cases.view import CaseRow
from pingshan_workflow.store.tables import case_file

_SEALED = ("applicant_name", "applicant_code", "agent_name", "agent_mobile", "filed_by_name")


async def add(tx: AsyncConnection, personal: PersonalData, file: CaseFile, process: str) -> None:
    """Inserts a case with its personal data encrypted; one with the same id stays unchanged."""

    def seal(column: str, text: str) -> bytes:
        return personal.encrypt(text, table="case_file", column=column, row=file.case_id)

    row = insert(case_file).values(
        case_id=file.case_id,
        definition_hash=file.definition_hash,
        process=process,
        applicant_index=personal.index(file.applicant_code),
        form=seal("form", json.dumps(file.form, ensure_ascii=False)),
        filed_by=file.filed_by,
        state=CaseState.OPEN,
        transition=0,
        received_at=file.received_at,
        compared_at=func.now(),
        **{column: seal(column, getattr(file, column)) for column in _SEALED},
    )
    await tx.execute(row.on_conflict_do_nothing())


async def lock(tx: AsyncConnection, personal: PersonalData, case_id: str) -> tuple[CaseRow, int] | None:
    """Locks a case and returns it with the number of its newest transition, None for an unknown id."""
    query = select(case_file).where(case_file.c.case_id == case_id).with_for_update()
    row = (await tx.execute(query)).one_or_none()
    return None if row is None else (_case(personal, row), row.transition)


async def find(tx: AsyncConnection, personal: PersonalData, case_id: str) -> CaseRow | None:
    row = (await tx.execute(select(case_file).where(case_file.c.case_id == case_id))).one_or_none()
    return None if row is None else _case(personal, row)


async def last_of(tx: AsyncConnection, case_id: str) -> tuple[CaseState, int] | None:
    """Returns the state and the number of the newest transition, None for an unknown case."""
    query = select(case_file.c.state, case_file.c.transition).where(case_file.c.case_id == case_id)
    row = (await tx.execute(query)).one_or_none()
    return None if row is None else (CaseState(row.state), row.transition)


async def note_compared(tx: AsyncConnection, case_id: str, fault: Fault | None) -> None:
    """Notes that Temporal was asked about the case, and what is wrong with it."""
    mine = case_file.c.case_id == case_id
    await tx.execute(case_file.update().where(mine).values(compared_at=func.now(), fault=fault))


async def to_compare(tx: AsyncConnection, *, before: datetime, size: int) -> Sequence[str]:
    """Returns open cases that were not compared since `before`, those first that were compared longest ago."""
    due = case_file.c.compared_at.is_(None) | (case_file.c.compared_at < before)
    query = select(case_file.c.case_id).where(case_file.c.state == CaseState.OPEN, due)
    return (await tx.execute(query.order_by(case_file.c.compared_at.nulls_first()).limit(size))).scalars().all()


async def unknown_of(tx: AsyncConnection, case_ids: Sequence[str]) -> list[str]:
    """Returns those of the ids that no case here has."""
    query = select(case_file.c.case_id).where(among(case_file.c.case_id, case_ids))
    known = set((await tx.execute(query)).scalars())
    return [each for each in case_ids if each not in known]


async def count_faults(tx: AsyncConnection) -> int:
    """Returns how many cases cannot go on by themselves."""
    query = select(func.count()).select_from(case_file).where(case_file.c.fault.is_not(None))
    return int((await tx.execute(query)).scalar_one())


async def exists(tx: AsyncConnection, case_id: str) -> bool:
    query = select(case_file.c.case_id).where(case_file.c.case_id == case_id)
    return (await tx.execute(query)).one_or_none() is not None


async def lock_state(tx: AsyncConnection, case_id: str) -> CaseState | None:
    """Locks the case until the end of the transaction and returns its state, None where it does not exist."""
    query = select(case_file.c.state).where(case_file.c.case_id == case_id).with_for_update()
    state = (await tx.execute(query)).scalar_one_or_none()
    return None if state is None else CaseState(state)


async def move(
    tx: AsyncConnection,
    case_id: str,
    number: int,
    *,
    state: CaseState,
    accepted_on: date | None,
    promise_due: date | None,
    closed_at: datetime | None,
) -> None:
    agreed = {"compared_at": func.now(), "fault": None}
    changed = {"accepted_on": accepted_on, "promise_due": promise_due, "closed_at": closed_at}
    mine = case_file.c.case_id == case_id
    await tx.execute(case_file.update().where(mine).values(transition=number, state=state, **changed, **agreed))


async def page(
    tx: AsyncConnection,
    personal: PersonalData,
    *,
    before: str,
    size: int,
    state: CaseState | None,
    case_id: str,
    applicant_codes: Collection[str] | None,
) -> Sequence[CaseRow]:
    """Returns up to `size` cases, the newest first.

    `before` keeps lower ids, `applicant_codes` the cases of these applicants, none where it is empty; empty text and
    None filter nothing.
    """
    query = select(case_file).order_by(case_file.c.case_id.desc()).limit(size)
    if before:
        query = query.where(case_file.c.case_id < before)
    if state:
        query = query.where(case_file.c.state == state)
    if case_id:
        query = query.where(case_file.c.case_id == case_id)
    if applicant_codes is not None:
        query = query.where(among(case_file.c.applicant_index, [personal.index(code) for code in applicant_codes]))
    return [_case(personal, row) for row in await tx.execute(query)]


def applicant(personal: PersonalData, row: Row[Any]) -> tuple[str, str]:
    """Returns name and code of the applicant."""
    return _opened(personal, row, "applicant_name"), _opened(personal, row, "applicant_code")


def _opened(personal: PersonalData, row: Row[Any], column: str) -> str:
    return personal.decrypt(getattr(row, column), table="case_file", column=column, row=row.case_id)


def _case(personal: PersonalData, row: Row[Any]) -> CaseRow:
    def opened(column: str) -> str:
        return _opened(personal, row, column)

    return CaseRow(
        case_id=row.case_id,
        definition_hash=row.definition_hash,
        process=row.process,
        form=json.loads(opened("form")),
        filed_by=row.filed_by,
        state=CaseState(row.state),
        received_at=row.received_at,
        accepted_on=row.accepted_on,
        promise_due=row.promise_due,
        closed_at=row.closed_at,
        fault=None if row.fault is None else Fault(row.fault),
        **{column: opened(column) for column in _SEALED},
    )
