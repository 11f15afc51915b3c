"""Personal data of cases: the same masks and the same records by page, REST and gRPC; four eyes on each decision."""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from uuid import uuid4

import grpc
import httpx
import pytest
from google.protobuf.json_format import MessageToDict
from pingshan.workflow.v1 import case_pb2, case_pb2_grpc
from pingshan_kit.storage.tables import record
from pingshan_values.actor import Actor, ActorKind
from pingshan_workflow.domain.cases.case import TaskState
from pingshan_workflow.domain.errors import OwnApplication
from pingshan_workflow.settings import Settings
from pingshan_workflow.usecases.cases.list_cases import list_cases
from pingshan_workflow.usecases.cases.read_case import read_case
from pingshan_workflow.usecases.tasks.list_tasks import list_tasks
from sqlalchemy import select

from tests.support.tokens import TokenIssuer
from tests.support.workflow.browser import Browser
from tests.support.workflow.cases import CLERK, COMPANY, FORM, SMALL, Counter, officer, states
from tests.support.workflow.siblings import FakeLicenses

pytestmark = pytest.mark.usefixtures("worker", "rpc_server")

Sign = Callable[..., Awaitable[Browser]]
PERSONAL = FORM | {"legal_representative": "欧阳立夏"}
HIDDEN = (COMPANY, "周经办", "13800000001", "欧阳立夏")
CLERK_AND_OFFICER = replace(officer("amr", 7), roles=frozenset({"officer", "clerk"}))
OPERATOR = replace(officer("data"), roles=frozenset({"operator"}))


@pytest.fixture(autouse=True)
def business_licence(licenses: FakeLicenses) -> None:
    licenses.held = {(COMPANY, "business-licence")}


@pytest.fixture
async def cases(settings: Settings) -> AsyncIterator[case_pb2_grpc.CaseServiceStub]:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{settings.grpc_port}") as channel:
        yield case_pb2_grpc.CaseServiceStub(channel)


def metadata(headers: dict[str, str]) -> list[tuple[str, str]]:
    return [("authorization", headers["Authorization"])]


async def looks(counter: Counter, case_id: str) -> list[str]:
    async with counter.given.database.read() as tx:
        query = select(record.c.actor).where(record.c.subject == case_id, record.c.act == "case.revealed")
        return list((await tx.execute(query)).scalars())


@pytest.mark.parametrize(
    ("role", "organisation"), [("operator", "data"), ("officer", "fire"), ("officer", "amr"), ("clerk", "data")]
)
async def test_programs_of_staff_read_masked_and_unrecorded(
    role: str,
    organisation: str,
    client: httpx.AsyncClient,
    cases: case_pb2_grpc.CaseServiceStub,
    identity_tokens: TokenIssuer,
    counter: Counter,
) -> None:
    case_id = await counter.submit(PERSONAL)
    who = identity_tokens.bearer("workflow", role, org=organisation)
    found = (await client.get(f"/v1/cases/{case_id}", headers=who)).json()
    assert found["applicant_code"] == "914403**********1K"
    answer = await cases.GetCase(case_pb2.GetCaseRequest(case_id=case_id), metadata=metadata(who))
    shown = json.dumps([found, MessageToDict(answer)], ensure_ascii=False)
    assert [each for each in HIDDEN if each in shown] == []
    assert await looks(counter, case_id) == []


@pytest.mark.parametrize("person", [OPERATOR, officer("fire"), officer("amr"), CLERK])
async def test_pages_of_staff_are_masked(person: Actor, browser: Sign, counter: Counter) -> None:
    case_id = await counter.submit(PERSONAL)
    someone = await browser(person)
    paths = [f"/cases/{case_id}", f"/cases/{case_id}/receipt", "/cases"]
    if person.has("officer"):
        paths += [f"/tasks/{case_id}.acceptance", "/inbox"]
    for path in paths:
        answer = await someone.get(path)
        assert answer.status_code == 200
        words = re.sub(r"<[^>]*>|\s|&[#\w]+;", "", answer.text)
        assert [each for each in HIDDEN if each in words] == [], path
    assert await looks(counter, case_id) == []


async def test_each_look_behind_the_mask_is_recorded(
    client: httpx.AsyncClient,
    cases: case_pb2_grpc.CaseServiceStub,
    browser: Sign,
    identity_tokens: TokenIssuer,
    counter: Counter,
) -> None:
    case_id = await counter.submit(PERSONAL)
    who = identity_tokens.bearer("workflow", "officer", org="fire")
    whole = (await client.post(f"/v1/cases/{case_id}/reveal", headers=who)).json()
    assert whole["applicant_code"] == COMPANY
    request = case_pb2.RevealCaseRequest(case_id=case_id)
    assert (await cases.RevealCase(request, metadata=metadata(who))).case.applicant_code == COMPANY
    market = await browser(officer("amr"))
    await market.get(f"/tasks/{case_id}.acceptance")
    assert COMPANY in (await market.post(f"/cases/{case_id}/reveal", {})).text
    actors = await looks(counter, case_id)
    assert len(actors) == 3
    assert officer("amr").id in actors


async def test_an_operator_never_lifts_the_mask(
    client: httpx.AsyncClient,
    cases: case_pb2_grpc.CaseServiceStub,
    browser: Sign,
    identity_tokens: TokenIssuer,
    counter: Counter,
) -> None:
    case_id = await counter.submit(PERSONAL)
    who = identity_tokens.bearer("workflow", "operator", org="data")
    assert (await client.post(f"/v1/cases/{case_id}/reveal", headers=who)).status_code == 403
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await cases.RevealCase(case_pb2.RevealCaseRequest(case_id=case_id), metadata=metadata(who))
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
    someone = await browser(OPERATOR)
    await someone.get(f"/cases/{case_id}")
    assert (await someone.post(f"/cases/{case_id}/reveal", {})).status_code == 403
    assert await looks(counter, case_id) == []


async def test_alerts_and_the_applicant_read_the_code(
    client: httpx.AsyncClient, identity_tokens: TokenIssuer, counter: Counter
) -> None:
    case_id = await counter.submit(PERSONAL)
    alerts = Actor(kind=ActorKind.SERVICE, service="alerts")
    assert (await read_case(counter.given, alerts, case_id=case_id)).row.applicant_code == COMPANY
    who = identity_tokens.bearer("workflow", realm="public", org=None, posts=[], act_for=[COMPANY])
    assert (await client.get(f"/v1/cases/{case_id}", headers=who)).json()["applicant_code"] == COMPANY


async def test_a_person_s_name_is_masked_in_lists(counter: Counter) -> None:
    case_id = await counter.submit(SMALL)
    async with counter.given.database.begin() as tx:
        from pingshan_workflow.store.tables import case_file

        def sealed(column: str, value: str) -> bytes:
            return counter.given.personal.encrypt(value, table="case_file", column=column, row=case_id)

        changed = {
            "applicant_name": sealed("applicant_name", "刘春生"),
            "applicant_code": sealed("applicant_code", "440310198502140001"),
        }
        await tx.execute(case_file.update().where(case_file.c.case_id == case_id).values(changed))
    [line] = [each for each in (await list_cases(counter.given, OPERATOR)).items if each.case_id == case_id]
    assert line.applicant_name == "刘*生"
    tasks = (await list_tasks(counter.given, officer("amr"), page_size=200)).items
    assert [each.applicant_name for each in tasks if each.task.row.case_id == case_id] == ["刘*生"]


async def test_whoever_filed_does_not_decide(
    counter: Counter, browser: Sign, client: httpx.AsyncClient, identity_tokens: TokenIssuer
) -> None:
    case_id = await counter.submit(SMALL, actor=CLERK_AND_OFFICER)
    task_id = f"{case_id}.acceptance"
    with pytest.raises(OwnApplication):
        await counter.decide(case_id, "acceptance", CLERK_AND_OFFICER)
    person = await browser(CLERK_AND_OFFICER)
    shown = (await person.get(f"/tasks/{task_id}")).text
    assert "须由其他人办理" in shown
    assert f'action="/tasks/{task_id}/confirm"' not in shown
    assert case_id not in (await person.get("/inbox")).text
    assert case_id in (await (await browser(officer("amr"))).get("/inbox")).text
    token = identity_tokens.bearer(
        "workflow", "officer", org="amr", posts=["officer"], person=CLERK_AND_OFFICER.person_id
    )
    answer = await client.post(
        f"/v1/tasks/{task_id}/decision", json={"verdict": "approve"}, headers=token | {"Idempotency-Key": str(uuid4())}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "WORKFLOW_OWN_APPLICATION")
    assert states(await counter.read(case_id))["acceptance"] is TaskState.OPEN
    async with counter.given.database.read() as tx:
        query = select(record.c.act).where(record.c.subject == task_id)
        assert set((await tx.execute(query)).scalars()) == {"task.decision-refused"}
    await counter.decide(case_id, "acceptance", officer("amr"))


async def test_who_acts_for_the_applicant_does_not_decide(counter: Counter) -> None:
    case_id = await counter.submit(SMALL)
    agent = replace(officer("amr", 8), act_for=(COMPANY,))
    with pytest.raises(OwnApplication):
        await counter.decide(case_id, "acceptance", agent)
    inbox = await list_tasks(counter.given, agent, page_size=200)
    assert case_id not in {line.task.row.case_id for line in inbox.items}
