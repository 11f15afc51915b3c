"""Who may not: each refused, by pages, REST or gRPC, with its code, and nothing changed."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import grpc
import httpx
import pytest
from pingshan.workflow.v1 import case_pb2, case_pb2_grpc
from pingshan_values.actor import Actor, ActorKind
from pingshan_workflow.domain.cases.case import TaskState, Verdict
from pingshan_workflow.domain.errors import NotApplicant, NotAssignee, TaskNotFound
from pingshan_workflow.settings import Settings

from tests.support.tokens import TokenIssuer
from tests.support.workflow.browser import Browser
from tests.support.workflow.cases import CLERK, COMPANY, SMALL, Counter, officer, states
from tests.support.workflow.siblings import FakeLicenses

pytestmark = pytest.mark.usefixtures("worker")

Sign = Callable[..., Awaitable[Browser]]
OWNER = Actor(
    kind=ActorKind.PERSON, person_id="person-public-1", name="林小满", realm="public", act_for=(COMPANY,), acr=1
)
STRANGER = replace(OWNER, person_id="person-public-2", name="别人", act_for=())


@pytest.fixture(autouse=True)
def business_licence(licenses: FakeLicenses) -> None:
    licenses.held = {(COMPANY, "business-licence")}


@pytest.mark.parametrize(
    "person",
    [
        officer("fire"),
        officer("amr", posts=("duty-officer",)),
        replace(officer("amr"), roles=frozenset()),
        replace(officer("amr"), roles=frozenset({"clerk"})),
        CLERK,
        Actor(kind=ActorKind.SERVICE, service="alerts"),
    ],
    ids=["other organisation", "other post", "no role", "role of clerks", "clerk", "service"],
)
async def test_only_the_assigned_post_decides(person: Actor, counter: Counter) -> None:
    case_id = await counter.submit(SMALL)
    with pytest.raises((NotAssignee, TaskNotFound)):
        await counter.decide(case_id, "acceptance", person)
    assert states(await counter.read(case_id))["acceptance"] is TaskState.OPEN


async def test_an_applicant_files_and_sees_only_their_own(counter: Counter, browser: Sign) -> None:
    case_id = await counter.submit(SMALL, actor=OWNER)
    own, other = await browser(OWNER), await browser(STRANGER)
    assert (await own.get(f"/cases/{case_id}")).status_code == 200
    assert case_id in (await own.get("/cases")).text
    assert (await other.get(f"/cases/{case_id}")).status_code == 404
    assert case_id not in (await other.get("/cases")).text
    assert (await own.get(f"/tasks/{case_id}.acceptance")).status_code == 403
    assert (await own.get("/inbox")).status_code == 403
    with pytest.raises(NotApplicant):
        await counter.submit(SMALL, actor=STRANGER)


async def test_an_applicant_does_not_see_the_names_of_staff(counter: Counter, browser: Sign) -> None:
    case_id = await counter.submit(SMALL, actor=OWNER)
    await counter.decide(case_id, "acceptance", officer("amr"), Verdict.REJECT, "材料不实")
    await counter.until_closed(case_id)
    shown = (await (await browser(OWNER)).get(f"/cases/{case_id}")).text
    assert "材料不实" in shown
    assert "王立夏" not in shown


async def test_nobody_without_a_session_gets_past_the_guide(browser: Sign, counter: Counter) -> None:
    case_id = await counter.submit(SMALL)
    nobody = await browser()
    assert (await nobody.get("/matters/restaurant-opening")).status_code == 200
    for path in ("/inbox", "/cases", f"/cases/{case_id}", f"/tasks/{case_id}.acceptance"):
        answer = await nobody.client.get(path)
        assert answer.status_code == 303
        assert "/sign-in" in answer.headers["location"]


async def test_a_form_of_another_page_is_refused(browser: Sign, counter: Counter) -> None:
    case_id = await counter.submit(SMALL)
    market = await browser(officer("amr"))
    address = f"/tasks/{case_id}.acceptance/decision"
    answer = await market.post(address, {"verdict": "approve", "request_id": str(uuid4()), "csrf_token": "forged"})
    assert answer.status_code == 403
    assert states(await counter.read(case_id))["acceptance"] is TaskState.OPEN


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/cases/2026-000001"), ("GET", "/v1/tasks"), ("POST", "/v1/cases")],
)
async def test_rest_wants_a_token_of_this_service(
    method: str, path: str, client: httpx.AsyncClient, identity_tokens: TokenIssuer
) -> None:
    for headers in (
        {},
        {"Authorization": "Bearer nonsense"},
        identity_tokens.bearer("e-license", "officer"),
        identity_tokens.bearer("workflow", "officer", exp=1),
    ):
        assert (await client.request(method, path, headers=headers)).status_code == 401


async def test_rest_wants_the_role(client: httpx.AsyncClient, identity_tokens: TokenIssuer) -> None:
    clerk = identity_tokens.bearer("workflow", "clerk", org="amr", posts=["officer"])
    assert (await client.get("/v1/tasks", headers=clerk)).status_code == 403


async def test_no_case_is_told_apart_from_a_foreign_one(
    client: httpx.AsyncClient, identity_tokens: TokenIssuer, counter: Counter
) -> None:
    case_id = await counter.submit(SMALL)
    stranger = identity_tokens.bearer("workflow", realm="public", org=None, posts=[])
    foreign = await client.get(f"/v1/cases/{case_id}", headers=stranger)
    missing = await client.get("/v1/cases/2020-999999", headers=stranger)
    assert foreign.status_code == missing.status_code == 404
    assert foreign.json()["detail"] == missing.json()["detail"]


@pytest.mark.usefixtures("rpc_server")
async def test_grpc_wants_a_caller(settings: Settings, identity_tokens: TokenIssuer) -> None:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{settings.grpc_port}") as channel:
        cases = case_pb2_grpc.CaseServiceStub(channel)
        for metadata in ([], [("authorization", f"Bearer {identity_tokens.mint('alerts', 'clerk')}")]):
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await cases.SubmitCase(case_pb2.SubmitCaseRequest(), metadata=metadata)
            assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED


HOSTILE: list[dict[str, Any]] = [
    {"premises": "<script>alert(1)</script>"},
    {"premises": "{{ 7*7 }}"},
    {"shop_name": "'; DROP TABLE task; --"},
]


@pytest.mark.parametrize("answers", HOSTILE)
async def test_hostile_answers_are_only_text(answers: dict[str, Any], counter: Counter, browser: Sign) -> None:
    case_id = await counter.submit(SMALL | answers)
    shown = (await (await browser(CLERK)).get(f"/cases/{case_id}")).text
    assert "<script>alert" not in shown
    assert "49" not in next((line for line in shown.splitlines() if "经营场所" in line), "")
    assert states(await counter.read(case_id)) == {"acceptance": TaskState.OPEN}


CASE: dict[str, Any] = {
    "process": "restaurant-opening",
    "applicant_name": "小满餐饮",
    "applicant_code": COMPANY,
    "agent_name": "周经办",
    "agent_mobile_number": "13800000001",
    "form": SMALL,
}


@pytest.mark.parametrize("odd", ["\\u0000", "\\ud800"], ids=["NUL", "lone surrogate"])
@pytest.mark.parametrize(
    "changed",
    [{name: "ODD"} for name in CASE if name != "form"]
    + [{"form": SMALL | {"premises": "坪山ODD"}}, {"form": SMALL | {"ODD": "1"}}],
)
async def test_an_application_with_characters_that_cannot_be_kept(
    client: httpx.AsyncClient, identity_tokens: TokenIssuer, changed: dict[str, Any], odd: str
) -> None:
    headers = identity_tokens.bearer("workflow", "clerk", org="data", posts=["window-clerk"])
    headers |= {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
    answer = await client.post("/v1/cases", content=json.dumps(CASE | changed).replace("ODD", odd), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "PLATFORM_UNREADABLE"), answer.text


@pytest.mark.parametrize("odd", ["\\u0000", "\\ud800"], ids=["NUL", "lone surrogate"])
async def test_a_comment_with_characters_that_cannot_be_kept(
    client: httpx.AsyncClient, identity_tokens: TokenIssuer, counter: Counter, odd: str
) -> None:
    case_id = await counter.submit(SMALL)
    headers = identity_tokens.bearer("workflow", "officer", org="amr", posts=["officer"])
    headers |= {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
    content = f'{{"verdict": "approve", "comment": "{odd}"}}'
    answer = await client.post(f"/v1/tasks/{case_id}.acceptance/decision", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "PLATFORM_UNREADABLE"), answer.text
    assert states(await counter.read(case_id))["acceptance"] is TaskState.OPEN
