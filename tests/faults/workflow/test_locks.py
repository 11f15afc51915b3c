"""Tables that somebody holds locked: whoever asks is told to try again, and no case is half recorded."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
import grpc
import httpx
import pytest
from pingshan.workflow.v1 import case_pb2, case_pb2_grpc
from pingshan_kit.errors import Unavailable
from pingshan_kit.storage.tables import record
from pingshan_workflow.domain.cases.case import TaskState
from pingshan_workflow.settings import Settings
from sqlalchemy import func, select

from tests.support.platform import BoundService, TestPlatform
from tests.support.tokens import TokenIssuer
from tests.support.workflow.browser import Browser
from tests.support.workflow.cases import CLERK, COMPANY, SMALL, Counter, officer, states
from tests.support.workflow.siblings import FakeLicenses

pytestmark = pytest.mark.usefixtures("worker", "rpc_server")

Sign = Callable[..., Awaitable[Browser]]


@pytest.fixture(scope="module")
def settings(bound: BoundService) -> Settings:
    return bound.settings(Settings, database_lock_timeout=0.5)


@pytest.fixture(autouse=True)
def business_licence(licenses: FakeLicenses) -> None:
    licenses.held = {(COMPANY, "business-licence")}


@asynccontextmanager
async def locked(platform: TestPlatform, table: str, mode: str) -> AsyncIterator[None]:
    """By an administrator, as a maintenance job would."""
    holder = await asyncpg.connect(platform.database_admin_url("workflow"))
    async with holder.transaction():
        await holder.execute(f"LOCK TABLE {table} IN {mode} MODE")
        yield
    await holder.close()


async def test_reads_of_a_locked_case_are_refused(
    platform: TestPlatform,
    counter: Counter,
    browser: Sign,
    client: httpx.AsyncClient,
    identity_tokens: TokenIssuer,
    settings: Settings,
) -> None:
    case_id = await counter.submit(SMALL)
    market = await browser(officer("amr"))
    who = identity_tokens.bearer("workflow", "officer", org="amr", posts=["officer"])
    async with (
        grpc.aio.insecure_channel(f"127.0.0.1:{settings.grpc_port}") as channel,
        locked(platform, "case_file", "ACCESS EXCLUSIVE"),
    ):
        answers = [
            await client.get(f"/v1/cases/{case_id}", headers=who),
            await client.post(f"/v1/cases/{case_id}/reveal", headers=who),
            await client.get("/v1/tasks", headers=who),
            await market.get(f"/cases/{case_id}"),
            await market.get("/inbox"),
        ]
        get = case_pb2_grpc.CaseServiceStub(channel).GetCase(
            case_pb2.GetCaseRequest(case_id=case_id), metadata=[("authorization", who["Authorization"])]
        )
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await get
    assert [each.status_code for each in answers] == [503] * 5
    assert error.value.code() is grpc.StatusCode.UNAVAILABLE
    assert (await client.get(f"/v1/cases/{case_id}", headers=who)).status_code == 200
    async with locked(platform, "record", "SHARE"):
        hidden = await client.post(f"/v1/cases/{case_id}/reveal", headers=who)
    assert hidden.status_code == 503
    assert COMPANY not in hidden.text


async def test_a_filing_on_a_locked_table_is_refused_and_files_once_afterwards(
    platform: TestPlatform, counter: Counter
) -> None:
    number = uuid4()
    async with locked(platform, "case_file", "ACCESS EXCLUSIVE"):
        with pytest.raises(Unavailable):
            await counter.submit(SMALL, request_id=number)
    case_id = await counter.submit(SMALL, request_id=number)
    assert await counter.submit(SMALL, request_id=number) == case_id


@pytest.mark.parametrize("table", ["transition", "task", "record", "outbox"])
async def test_what_cannot_be_recorded_yet_is_recorded_once_later(
    platform: TestPlatform, counter: Counter, table: str
) -> None:
    case_id = await counter.submit(SMALL)
    number = uuid4()
    async with locked(platform, table, "SHARE"):
        deciding = asyncio.create_task(
            counter.decide(case_id, "acceptance", officer("amr"), comment="同意", request_id=number)
        )
        await asyncio.sleep(2)
        assert not deciding.done()
        assert states(await counter.read(case_id))["acceptance"] is TaskState.OPEN
    assert (await deciding).row.state is TaskState.APPROVED
    assert (await counter.decide(case_id, "acceptance", officer("amr"), comment="同意", request_id=number)).row.comment
    async with counter.given.database.read() as tx:
        decided = select(func.count()).select_from(record).where(record.c.subject == f"{case_id}.acceptance")
        assert (await tx.execute(decided)).scalar_one() == 1
    assert CLERK.id == (await counter.read(case_id)).row.filed_by
