"""An export that leaves rows out says so in its last row and in the record; a whole one does not."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from pingshan_identity.domain.audit.audit_search import AuditSearch
from pingshan_identity.domain.people.staff_filter import StaffFilter
from pingshan_identity.settings import Settings
from pingshan_identity.usecases import sheets
from pingshan_identity.usecases.audit.export_records import ExportRecords, export_records
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.people.export_people import ExportPeople, export_people
from pingshan_values.actor import Actor, ActorKind
from sqlalchemy import text

from tests.support.identity.dependencies import dependencies
from tests.support.identity.parties import Identity
from tests.support.platform import BoundService

LEFT_OUT = "未完：只有前 2 行，请缩小查询范围后分次导出 / Not complete: only the first 2 rows"


@pytest.fixture(scope="module")
async def deps(bound_identity: BoundService, identity: Identity) -> AsyncIterator[Dependencies]:
    async with dependencies(bound_identity.settings(Settings)) as made:
        yield made


def holder(role: str) -> Actor:
    return Actor(kind=ActorKind.PERSON, person_id=str(uuid4()), roles=frozenset({role}))


async def is_complete(deps: Dependencies, act: str) -> bool:
    async with deps.database.read() as tx:
        newest = text("SELECT details FROM record WHERE act = :act ORDER BY id DESC LIMIT 1")
        details = (await tx.execute(newest, {"act": act})).scalar_one()
    assert details["rows"] == 2 or details["complete"]
    return bool(details["complete"])


async def test_staff(deps: Dependencies, monkeypatch: pytest.MonkeyPatch) -> None:
    administrator = holder("system-administrator")
    whole = await export_people(deps, administrator, ExportPeople(StaffFilter()))
    assert not whole[-1][0].startswith("未完")
    assert await is_complete(deps, "people.exported")
    monkeypatch.setattr(sheets, "MOST_ROWS", 2)
    cut = await export_people(deps, administrator, ExportPeople(StaffFilter()))
    assert cut[:3] == whole[:3]
    assert len(cut) == 4
    assert cut[-1][0].startswith(LEFT_OUT)
    assert not await is_complete(deps, "people.exported")


async def test_the_record(deps: Dependencies, monkeypatch: pytest.MonkeyPatch) -> None:
    auditor = holder("auditor")
    assert not (await export_records(deps, auditor, ExportRecords(AuditSearch())))[-1][0].startswith("未完")
    for _ in range(3):
        await export_records(deps, auditor, ExportRecords(AuditSearch()))
    monkeypatch.setattr(sheets, "MOST_ROWS", 2)
    cut = await export_records(deps, auditor, ExportRecords(AuditSearch()))
    assert len(cut) == 4
    assert cut[-1][0].startswith(LEFT_OUT)
    assert not await is_complete(deps, "records.exported")


def test_exactly_as_many_as_fit_are_complete() -> None:
    rows = [("a",), ("b",)]
    assert sheets.with_what_is_left_out(rows, most=2, heads=("head",)) == [("head",), ("a",), ("b",)]
