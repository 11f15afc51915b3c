"""Queries on bulk issues; what their rows say, and why a row was refused, is encrypted."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from pingshan_kit.crypto import PersonalData
from pingshan_values.errors import DomainError, Invalid, Violation
from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.errors import PrerequisiteMissing, RequestInvalid, SerialTaken
from pingshan_e_license.domain.issuing.bulk_issue import (
    BulkFormat,
    BulkIssue,
    BulkState,
    Outcome,
    RefusedRow,
    Row,
    RowState,
)
from pingshan_e_license.store.tables import bulk_issue, bulk_issue_row

_ROW = bulk_issue_row.c
_REFUSALS: dict[str, type[DomainError]] = {each.__name__: each for each in (SerialTaken, PrerequisiteMissing)}
"""Refusals of a row that name no field; all others are kept as their violations."""


async def add(tx: AsyncConnection, new: BulkIssue) -> None:
    await tx.execute(bulk_issue.insert().values(**asdict(new)))


async def add_rows(tx: AsyncConnection, personal: PersonalData, bulk_issue_id: UUID, rows: Sequence[Row]) -> None:
    if not rows:
        return
    values = [
        {
            "bulk_issue_id": bulk_issue_id,
            "line": row.line,
            "content": personal.encrypt(_json(row.cells), **_place(bulk_issue_id, row.line, "content")),
            "state": RowState.WAITING.value,
        }
        for row in rows
    ]
    await tx.execute(bulk_issue_row.insert(), values)


async def get(tx: AsyncConnection, bulk_issue_id: UUID, *, lock: bool = False) -> BulkIssue | None:
    query = select(bulk_issue).where(bulk_issue.c.bulk_issue_id == bulk_issue_id)
    row = (await tx.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else _bulk_issue(row)


async def page(tx: AsyncConnection, agency: str, *, before: UUID | None, limit: int) -> list[BulkIssue]:
    """Returns up to `limit` bulk issues of the agency, the newest first."""
    query = select(bulk_issue).where(bulk_issue.c.agency == agency)
    if before is not None:
        query = query.where(bulk_issue.c.bulk_issue_id < before)
    rows = await tx.execute(query.order_by(bulk_issue.c.bulk_issue_id.desc()).limit(limit))
    return [_bulk_issue(row) for row in rows]


async def change(tx: AsyncConnection, bulk_issue_id: UUID, **values: Any) -> None:
    await tx.execute(bulk_issue.update().where(bulk_issue.c.bulk_issue_id == bulk_issue_id).values(**values))


async def remove(tx: AsyncConnection, bulk_issue_id: UUID) -> None:
    """Deletes the bulk issue with its rows."""
    await tx.execute(bulk_issue.delete().where(bulk_issue.c.bulk_issue_id == bulk_issue_id))


async def rows_in(
    tx: AsyncConnection, personal: PersonalData, bulk_issue_id: UUID, state: RowState, limit: int
) -> list[Row]:
    """Returns the first rows in the state, in the order of the file."""
    query = select(_ROW.line, _ROW.content).where(_ROW.bulk_issue_id == bulk_issue_id, _ROW.state == state.value)
    found = await tx.execute(query.order_by(_ROW.line).limit(limit))
    return [Row(row.line, _cells(personal, bulk_issue_id, row)) for row in found]


async def refused_rows(
    tx: AsyncConnection, personal: PersonalData, bulk_issue_id: UUID, *, after: int, limit: int
) -> list[RefusedRow]:
    """Returns refused rows with what was wrong, in the order of the file, behind the line `after`."""
    query = select(_ROW.line, _ROW.content, _ROW.faults).where(
        _ROW.bulk_issue_id == bulk_issue_id, _ROW.state == RowState.REFUSED.value, _ROW.line > after
    )
    found = await tx.execute(query.order_by(_ROW.line).limit(limit))
    return [
        RefusedRow(
            row.line,
            _cells(personal, bulk_issue_id, row),
            _error(personal.decrypt(row.faults, **_place(bulk_issue_id, row.line, "faults"))),
        )
        for row in found
    ]


async def settle(tx: AsyncConnection, personal: PersonalData, bulk_issue_id: UUID, outcomes: Sequence[Outcome]) -> None:
    if not outcomes:
        return
    values = [
        {
            "at": each.line,
            "now": each.state.value,
            "issued": each.license_id,
            "wrong": None
            if each.error is None
            else personal.encrypt(_kept(each.error), **_place(bulk_issue_id, each.line, "faults")),
        }
        for each in outcomes
    ]
    change = bulk_issue_row.update().where(_ROW.bulk_issue_id == bulk_issue_id, _ROW.line == bindparam("at"))
    settled: dict[str, Any] = {
        "state": bindparam("now"),
        "license_id": bindparam("issued"),
        "faults": bindparam("wrong"),
    }
    await tx.execute(change.values(settled), values)


def _bulk_issue(row: Any) -> BulkIssue:
    values = dict(row._mapping)  # noqa: SLF001 - the documented way to a row's mapping
    return BulkIssue(**values | {"format": BulkFormat(row.format), "state": BulkState(row.state)})


def _cells(personal: PersonalData, bulk_issue_id: UUID, row: Any) -> list[str]:
    cells: list[str] = json.loads(personal.decrypt(row.content, **_place(bulk_issue_id, row.line, "content")))
    return cells


def _kept(error: DomainError) -> str:
    if isinstance(error, Invalid):
        return _json({"violations": [list(each) for each in error.violations]})
    return _json({"refusal": type(error).__name__, "params": error.params})


def _error(kept: str) -> DomainError:
    found = json.loads(kept)
    if "refusal" in found:
        return _REFUSALS[found["refusal"]](**found["params"])
    return RequestInvalid([Violation(*each) for each in found["violations"]])


def _place(bulk_issue_id: UUID, line: int, column: str) -> dict[str, str]:
    return {"table": "bulk_issue_row", "column": column, "row": f"{bulk_issue_id}/{line}"}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
