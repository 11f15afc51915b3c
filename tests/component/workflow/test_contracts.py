"""gRPC and REST, as programs and siblings use them, and what e-license's events do to a case."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

import grpc
import httpx
import pytest
from google.protobuf.struct_pb2 import Struct
from pingshan.workflow.v1 import case_pb2, case_pb2_grpc, task_pb2, task_pb2_grpc
from pingshan_events.e_license import LicenseRevoked
from pingshan_kit.ids import uuid7
from pingshan_kit.rpc.refusals import error_info
from pingshan_workflow.domain.definitions.definition import IssueNode
from pingshan_workflow.settings import Settings
from pingshan_workflow.usecases.cases.note_license_revoked import note_license_revoked

from tests.support.tokens import TokenIssuer
from tests.support.workflow.cases import COMPANY, FORM, SMALL, Counter, officer
from tests.support.workflow.siblings import FakeLicenses

pytestmark = pytest.mark.usefixtures("worker", "rpc_server")


@pytest.fixture(autouse=True)
def business_licence(licenses: FakeLicenses) -> None:
    licenses.held = {(COMPANY, "business-licence")}


@pytest.fixture
async def channel(settings: Settings) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{settings.grpc_port}") as found:
        yield found


def metadata(tokens: TokenIssuer, *roles: str, **claims: Any) -> list[tuple[str, str]]:
    return [("authorization", f"Bearer {tokens.mint('workflow', *roles, **claims)}")]


def submission(form: dict[str, Any] = SMALL) -> case_pb2.SubmitCaseRequest:
    answers = Struct()
    answers.update(form)
    return case_pb2.SubmitCaseRequest(
        request_id=str(uuid4()),
        process="restaurant-opening",
        applicant_name="深圳市坪山区小满餐饮有限公司",
        applicant_code=COMPANY,
        agent_name="周经办",
        agent_mobile_number="13800000001",
        form=answers,
    )


async def test_a_case_by_grpc(channel: grpc.aio.Channel, identity_tokens: TokenIssuer, counter: Counter) -> None:
    cases, tasks = case_pb2_grpc.CaseServiceStub(channel), task_pb2_grpc.TaskServiceStub(channel)
    clerk = metadata(identity_tokens, "clerk", posts=["window-clerk"])
    market = metadata(identity_tokens, "officer", org="amr", posts=["officer"], person=str(uuid4()))
    request = submission()
    case = (await cases.SubmitCase(request, metadata=clerk)).case
    assert case.state == case_pb2.CASE_STATE_OPEN
    assert (await cases.SubmitCase(request, metadata=clerk)).case.case_id == case.case_id
    listed = await tasks.ListTasks(task_pb2.ListTasksRequest(page_size=200), metadata=market)
    assert f"{case.case_id}.acceptance" in {task.task_id for task in listed.tasks}
    decision = task_pb2.DecideTaskRequest(
        request_id=str(uuid4()), task_id=f"{case.case_id}.acceptance", verdict=task_pb2.VERDICT_APPROVE
    )
    task = (await tasks.DecideTask(decision, metadata=market)).task
    assert task.state == case_pb2.TASK_STATE_APPROVED
    await counter.until_open(case.case_id, "food-permit")
    found = (await cases.GetCase(case_pb2.GetCaseRequest(case_id=case.case_id), metadata=clerk)).case
    assert found.accepted_on
    assert [task.node for task in found.tasks] == ["acceptance", "food-permit"]


async def test_a_refusal_by_grpc_names_its_reason_and_fields(
    channel: grpc.aio.Channel, identity_tokens: TokenIssuer
) -> None:
    cases = case_pb2_grpc.CaseServiceStub(channel)
    request = submission(SMALL | {"area": "many"})
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await cases.SubmitCase(request, metadata=metadata(identity_tokens, "clerk"))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert error_info(refused.value).reason == "WORKFLOW_FORM_INVALID"


async def test_inbox_pages_follow_each_other(
    channel: grpc.aio.Channel, identity_tokens: TokenIssuer, counter: Counter
) -> None:
    wanted = {f"{await counter.submit(SMALL)}.acceptance" for _ in range(3)}
    tasks = task_pb2_grpc.TaskServiceStub(channel)
    market = metadata(identity_tokens, "officer", org="amr", posts=["officer"])
    seen: list[str] = []
    token = ""
    while True:
        page = await tasks.ListTasks(task_pb2.ListTasksRequest(page_size=2, page_token=token), metadata=market)
        seen += [task.task_id for task in page.tasks]
        token = page.next_page_token
        if not token:
            break
    assert wanted <= set(seen)
    assert len(seen) == len(set(seen))


async def test_a_case_by_rest(client: httpx.AsyncClient, identity_tokens: TokenIssuer) -> None:
    clerk = identity_tokens.bearer("workflow", "clerk")
    body = {
        "process": "restaurant-opening",
        "applicant_name": "小满餐饮",
        "applicant_code": COMPANY,
        "agent_name": "周经办",
        "agent_mobile_number": "13800000001",
        "form": FORM,
    }
    key = {"Idempotency-Key": str(uuid4())}
    case = (await client.post("/v1/cases", json=body, headers=clerk | key)).json()
    again = (await client.post("/v1/cases", json=body, headers=clerk | key)).json()
    assert case["case_id"] == again["case_id"]
    other = await client.post("/v1/cases", json=body | {"agent_name": "别人"}, headers=clerk | key)
    assert (other.status_code, other.json()["code"]) == (409, "PLATFORM_REQUEST_ID_REUSED")
    market = identity_tokens.bearer("workflow", "officer", org="amr", posts=["officer"], person=str(uuid4()))
    address = f"/v1/tasks/{case['case_id']}.acceptance/decision"
    without = await client.post(address, json={"verdict": "reject"}, headers=market | {"Idempotency-Key": str(uuid4())})
    assert (without.status_code, without.json()["code"]) == (422, "WORKFLOW_REASON_REQUIRED")
    done = await client.post(address, json={"verdict": "approve"}, headers=market | {"Idempotency-Key": str(uuid4())})
    assert done.json()["state"] == "approved"
    found = (await client.get(f"/v1/cases/{case['case_id']}", headers=clerk)).json()
    assert found["accepted_on"]
    matters = (await client.get("/v1/matters")).json()
    assert [matter["code"] for matter in matters] == ["restaurant-opening"]


async def test_wrong_fields_by_rest_are_named(client: httpx.AsyncClient, identity_tokens: TokenIssuer) -> None:
    headers = identity_tokens.bearer("workflow", "clerk") | {"Idempotency-Key": str(uuid4()), "Accept-Language": "en"}
    body = {
        "process": "restaurant-opening",
        "applicant_name": "",
        "applicant_code": "1",
        "agent_name": "x",
        "agent_mobile_number": "1",
        "form": {},
    }
    answer = await client.post("/v1/cases", json=body, headers=headers)
    assert answer.status_code == 422
    paths = {item["path"] for item in answer.json()["violations"]}
    assert {"applicant_name", "applicant_code", "agent_mobile", "form.premises", "form.has_kitchen"} <= paths


async def test_a_revoked_licence_is_noted_on_its_case(counter: Counter) -> None:
    case_id = await counter.submit(SMALL)
    await counter.decide(case_id, "acceptance", officer("amr"))
    await counter.until_open(case_id, "food-permit")
    await counter.decide(case_id, "food-permit", officer("amr"))
    case = await counter.until_closed(case_id)
    license_id = case.licenses[0].license_id
    for revoked_case in (case_id, case_id, "", "2020-999999"):
        event = LicenseRevoked(
            event_id=uuid7(),
            aggregate_id=license_id,
            aggregate_version=2,
            correlation_id=revoked_case or license_id,
            occurred_at=datetime.now(UTC),
            license_id=license_id,
            type="food-business-permit",
            agency="amr",
            case_id=revoked_case,
        )
        async with counter.given.database.begin() as tx:
            await note_license_revoked(tx, event)
    case = await counter.read(case_id)
    assert case.licenses[0].revoked_at
    assert [entry.kind for entry in case.entries].count("license_revoked") == 1


def revoked(case_id: str, license_id: str) -> LicenseRevoked:
    return LicenseRevoked(
        event_id=uuid7(),
        aggregate_id=license_id,
        aggregate_version=2,
        correlation_id=case_id,
        occurred_at=datetime.now(UTC),
        license_id=license_id,
        type="food-business-permit",
        agency="amr",
        case_id=case_id,
    )


async def test_a_licence_that_the_case_never_had_leaves_no_note(counter: Counter) -> None:
    case_id = await counter.submit(SMALL)
    await note(counter, revoked(case_id, str(uuid4())))
    await counter.decide(case_id, "acceptance", officer("amr"))
    await counter.until_open(case_id, "food-permit")
    await counter.decide(case_id, "food-permit", officer("amr"))
    case = await counter.until_closed(case_id)
    await note(counter, revoked(case_id, str(uuid4())))
    case = await counter.read(case_id)
    assert [entry.kind for entry in case.entries].count("license_revoked") == 0
    assert case.licenses[0].revoked_at is None


async def test_a_revocation_that_comes_before_its_licence_is_noted_with_it(counter: Counter) -> None:
    case_id = await counter.submit(SMALL)
    await counter.decide(case_id, "acceptance", officer("amr"))
    await counter.until_open(case_id, "food-permit")
    nodes = [
        name for name, node in (await counter.read(case_id)).definition.nodes.items() if isinstance(node, IssueNode)
    ]
    ids = [str(uuid5(NAMESPACE_URL, str(uuid5(NAMESPACE_URL, f"pingshan:case/{case_id}/{node}")))) for node in nodes]
    for license_id in ids:
        await note(counter, revoked(case_id, license_id))
    assert "license_revoked" not in {entry.kind for entry in (await counter.read(case_id)).entries}
    await counter.decide(case_id, "food-permit", officer("amr"))
    case = await counter.until_closed(case_id)
    assert case.licenses[0].license_id in ids
    assert case.licenses[0].revoked_at
    assert [entry.kind for entry in case.entries].count("license_revoked") == 1


async def note(counter: Counter, event: LicenseRevoked) -> None:
    async with counter.given.database.begin() as tx:
        await note_license_revoked(tx, event)
