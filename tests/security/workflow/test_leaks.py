"""A case whose activities fail, with marked values: none is in the worker's log and spans, or in Temporal's history."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import asyncpg
import grpc
import pytest
from pingshan.e_license.v1 import license_pb2, license_pb2_grpc
from pingshan_tools.embedded.temporal import has_worker
from pingshan_workflow.domain.cases.case import Decision, Verdict
from pingshan_workflow.domain.cases.execution import QUEUE, workflow_id
from pingshan_workflow.domain.cases.filing import Filing
from pingshan_workflow.domain.errors import NotAssignee
from pingshan_workflow.settings import Settings
from pingshan_workflow.usecases.cases.submit_case import SubmitCase, submit_case
from pingshan_workflow.usecases.dependencies import Dependencies
from temporalio.client import Client

from tests.support.canaries import CANARIES, MOBILE, NAME, NUMBER, PASSWORD, TOKEN, found_in
from tests.support.platform import TestPlatform
from tests.support.spans import CollectedSpans
from tests.support.workflow.cases import CLERK, FORM
from tests.support.workflow.siblings import FakeIdentity, FakeLicenses

SAID = " ".join(CANARIES)
CODE = "91440310LEAK10001P"


@dataclass(frozen=True)
class Walked:
    log: str
    spans: str
    temporal: str
    """History of the case and what Temporal shows of its failing activities, as Temporal has them."""
    kept: str
    """Rows of dead letters and jobs."""


class Failing(FakeLicenses):
    """e-license, as it answers when it is broken: with the values in its words."""

    async def SearchLicenses(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.calls["search"] += 1
        if self.calls["search"] == 1:
            raise RuntimeError(SAID)
        if self.calls["search"] == 2:
            await context.abort(grpc.StatusCode.INTERNAL, TOKEN)
        return license_pb2.SearchLicensesResponse()


@pytest.fixture(scope="module")
async def licenses(settings: Settings) -> AsyncIterator[FakeLicenses]:
    fake, server = Failing(), grpc.aio.server()
    license_pb2_grpc.add_LicenseServiceServicer_to_server(fake, server)
    server.add_insecure_port(settings.rpc_e_license)
    await server.start()
    yield fake
    await server.stop(0)


@pytest.fixture(scope="module")
async def walked(
    spans: CollectedSpans,
    temporal_namespace: str,
    platform: TestPlatform,
    settings: Settings,
    given: Dependencies,
    licenses: FakeLicenses,
    identity: FakeIdentity,
) -> Walked:
    worker = platform.start("workflow", "http", "worker")
    while not await has_worker(settings.temporal_address, settings.temporal_namespace, QUEUE):  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    filing = Filing(
        "restaurant-opening", f"深圳{NAME}公司", CODE, NAME, MOBILE, FORM | {"shop_name": f"{NAME}{NUMBER}"}
    )
    case_id = await submit_case(given, CLERK, SubmitCase(uuid4(), filing))
    await _decided(given, case_id)
    database = await asyncpg.connect(platform.database_admin_url("workflow"))
    await database.execute("ALTER TABLE task ADD CONSTRAINT never CHECK (case_id = 'never') NOT VALID")
    filing = Filing("restaurant-opening", f"{PASSWORD}{TOKEN}", CODE, NAME, MOBILE, FORM | {"shop_name": TOKEN})
    stuck = asyncio.create_task(submit_case(given, CLERK, SubmitCase(uuid4(), filing)))
    client = await Client.connect(settings.temporal_address, namespace=settings.temporal_namespace)
    temporal = ""
    for _ in range(100):
        await asyncio.sleep(0.2)
        temporal = await _seen(client)
        if "activity_failure_info" in temporal or "last_failure" in temporal:
            break
    await database.execute("ALTER TABLE task DROP CONSTRAINT never")
    await asyncio.gather(stuck, return_exceptions=True)
    temporal += await _seen(client)
    assert workflow_id(case_id) in temporal
    tables = [await database.fetch(f"SELECT to_jsonb(t)::text FROM {table} t") for table in ("dead_letter", "job")]
    await database.close()
    await spans.wait_for(lambda found: "23514" in repr(list(found)))  # a process that stops may not get rid of all
    worker.stop()
    files = [file.read_text("utf-8", "replace") for file in spans.folder.rglob("*") if file.is_file()]
    return Walked(worker.log_file.read_text("utf-8", "replace"), "".join(files), temporal, repr(tables))


async def _decided(given: Dependencies, case_id: str) -> None:
    """Decisions with marked values: one that is refused by the case itself, and one that is taken."""
    decision = Decision(
        request_id=str(uuid4()),
        node="acceptance",
        verdict=Verdict.APPROVE,
        comment=SAID,
        person_id="person-amr-1",
        person_name=NAME,
        organisation="fire",
        posts=("officer",),
    )
    with pytest.raises(NotAssignee):
        await given.executions.decide(case_id, decision)
    await given.executions.decide(case_id, replace(decision, request_id=str(uuid4()), organisation="amr"))


async def _seen(client: Client) -> str:
    """All cases as Temporal has them, with what it shows of activities that are tried again."""
    parts = []
    async for each in client.list_workflows():
        handle = client.get_workflow_handle(each.id, run_id=each.run_id)
        parts.append((await handle.fetch_history()).to_json())
        parts.append(str((await handle.describe()).raw_description))
    return f"{[parts]}\n" + "\n".join(parts)


@pytest.mark.parametrize("where", ["log", "spans", "temporal", "kept"])
def test_no_value_of_a_case_is_told(walked: Walked, where: str) -> None:
    text = getattr(walked, where)
    assert text
    assert found_in(text) == [], [line[:600] for line in text.splitlines() if found_in(line)][:3]


def test_a_failing_activity_is_still_said(walked: Walked) -> None:
    assert "constraint=never" in walked.log
    assert "23514" in walked.spans
    assert "Encoded failure" in walked.temporal
