"""An older copy of PostgreSQL is put back, and Temporal still runs what was filed since: nobody gets another's case."""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest
from pingshan_workflow.domain.cases.case import CaseState, Verdict

from tests.support.platform import TestPlatform
from tests.support.workflow.cases import COMPANY, FORM, SMALL, Counter, officer
from tests.support.workflow.siblings import FakeLicenses

pytestmark = pytest.mark.usefixtures("worker")

TABLES = ("case_license", "case_note", "transition", "task", "case_file", "submission")


@pytest.fixture(autouse=True)
def business_licence(licenses: FakeLicenses) -> None:
    licenses.held = {(COMPANY, "business-licence")}


@pytest.fixture
async def superuser(platform: TestPlatform) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(platform.database_admin_url("workflow"))
    yield connection
    await connection.close()


async def put_back(superuser: asyncpg.Connection, case_id: str) -> None:
    """As a copy from before that case was filed leaves the database."""
    await superuser.execute("SET session_replication_role = replica")
    for table in TABLES:
        await superuser.execute(f"DELETE FROM {table} WHERE case_id = $1", case_id)
    await superuser.execute("UPDATE case_number SET last = last - 1")


async def test_a_number_that_a_running_case_has_is_given_to_nobody_else(
    counter: Counter, superuser: asyncpg.Connection
) -> None:
    lost = await counter.submit(FORM)
    await put_back(superuser, lost)
    request_id = uuid4()
    case_id = await counter.submit(SMALL, request_id=request_id)
    assert case_id != lost
    case = await counter.read(case_id)
    assert case.row.state is CaseState.OPEN
    assert case.row.form["dine_in"] is False, "the case is the one that was filed"
    assert await counter.submit(SMALL, request_id=request_id) == case_id


async def test_a_number_that_a_closed_case_had_is_given_to_nobody_else(
    counter: Counter, superuser: asyncpg.Connection
) -> None:
    lost = await counter.submit(SMALL)
    await counter.decide(lost, "acceptance", officer("amr"), Verdict.REJECT, "材料不实")
    await counter.until_closed(lost)
    await put_back(superuser, lost)
    case_id = await counter.submit(SMALL)
    assert case_id != lost
    assert (await counter.read(case_id)).row.state is CaseState.OPEN


async def test_several_numbers_that_are_taken_are_stepped_over(counter: Counter, superuser: asyncpg.Connection) -> None:
    lost = [await counter.submit(SMALL) for _ in range(3)]
    for each in lost:
        await put_back(superuser, each)
    request_id = uuid4()
    case_id = await counter.submit(SMALL, request_id=request_id)
    assert case_id not in lost
    assert await counter.submit(SMALL, request_id=request_id) == case_id
    assert await counter.submit(SMALL) not in {*lost, case_id}
