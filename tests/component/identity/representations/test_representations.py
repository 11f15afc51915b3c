"""People who act for companies and children: what their tokens say, who appoints, what ends with an appointment."""

import re
from collections.abc import AsyncIterator, Callable
from datetime import date, timedelta
from typing import Any

import asyncpg
import grpc
import httpx
import pytest
from pingshan.identity.v1 import person_pb2, person_pb2_grpc
from pingshan_identity.settings import Settings
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.representations.end_expired_representations import end_expired_representations
from pingshan_kit import clock
from pingshan_kit.rpc import channel
from pingshan_kit.settings import ServiceSettings
from pingshan_values.actor import Actor, ActorKind

from tests.support.identity.dependencies import dependencies
from tests.support.identity.parties import Attempt, Browser, Identity, csrf_of
from tests.support.platform import BoundService

PAGE = "/account/representations"
HEAD, AGENT, PARENT = "+8613800000001", "+8613800000002", "+8613800000004"
NAMES = {AGENT: "刘春生"}
COMPANY, CHILD = "91440310TEXT10001K", r"44031020140601003\d"
TODAY = clock.today()
TOMORROW = (date.today() + timedelta(days=2)).isoformat()  # noqa: DTZ011 - any day ahead


@pytest.fixture(scope="module")
async def from_alerts(
    identity: Identity, platform_settings: Callable[..., BoundService]
) -> AsyncIterator[grpc.aio.Channel]:
    kind = type("Sibling", (ServiceSettings,), {"service": "alerts", "__annotations__": {}})
    async with channel(platform_settings("alerts", migrated=False).settings(kind), "identity") as connection:
        yield connection


@pytest.fixture(scope="module")
async def deps(bound_identity: BoundService) -> AsyncIterator[Dependencies]:
    async with dependencies(bound_identity.settings(Settings)) as deps:
        yield deps


@pytest.fixture(autouse=True)
async def nobody_appointed(identity: Identity) -> AsyncIterator[None]:
    yield
    await in_database(identity, "DELETE FROM representation WHERE kind = 'agent'")


async def in_database(identity: Identity, statement: str) -> Any:
    connection = await asyncpg.connect(identity.database_url)
    found = await connection.fetch(statement)
    await connection.close()
    return found


def claims_of(identity: Identity, page: Browser, service: str) -> dict[str, Any]:
    party, attempt = identity.platform(service), Attempt()
    answer = page.get(party.authorize_path(attempt, realm="public"))
    code = re.search(r"[?&]code=([^&]+)", answer.headers["location"])
    assert code, answer.headers["location"]
    return party.read(party.redeem(code[1], attempt).json()["access_token"])


def headed(page: Browser) -> str:
    """The id by which the person heads their company."""
    found = re.search(r'/appoint">.*?name="representation_id" value="([^"]+)"', page.get(PAGE).text, re.DOTALL)
    assert found
    return found[1]


def appoint(
    page: Browser, by: str, mobile: str = AGENT, until: str = TOMORROW, scope: str = "", name: str = NAMES[AGENT]
) -> httpx.Response:
    form = {"csrf_token": csrf_of(page.get("/account")), "representation_id": by, "until": until}
    form |= {"mobile": mobile, "name": name}
    return page.post(f"{PAGE}/appoint", data=form | ({"scope": scope} if scope else {}))


def end(page: Browser, representation_id: str) -> httpx.Response:
    form = {"csrf_token": csrf_of(page.get("/account")), "representation_id": representation_id}
    return page.post(f"{PAGE}/end", data=form)


async def appointment(identity: Identity) -> str:
    (row,) = await in_database(identity, "SELECT representation_id FROM representation WHERE kind = 'agent'")
    return str(row["representation_id"])


async def test_an_agent_acts_in_scope_until_they_are_ended(identity: Identity, from_alerts: grpc.aio.Channel) -> None:
    head, agent = identity.signed_in(HEAD), identity.signed_in(AGENT)
    assert COMPANY not in claims_of(identity, agent, "workflow")["act_for"]
    assert appoint(head, headed(head), scope="workflow").status_code == 303
    assert "刘*生" in head.get(PAGE).text
    shown = agent.get(PAGE).text
    assert "小满餐饮" in shown
    assert "经办人" in shown
    assert COMPANY in claims_of(identity, agent, "workflow")["act_for"]
    assert COMPANY not in claims_of(identity, agent, "e-license")["act_for"]
    assert end(head, await appointment(identity)).status_code == 303
    assert COMPANY not in claims_of(identity, agent, "workflow")["act_for"]
    assert "已经结束的" in agent.get(PAGE).text


async def test_what_an_agent_has_open_ends_with_the_appointment(identity: Identity) -> None:
    head, agent = identity.signed_in(HEAD), identity.signed_in(AGENT)
    appoint(head, headed(head))
    grant = claims_of(identity, agent, "workflow")["grant"]
    end(head, await appointment(identity))
    (row,) = await in_database(identity, f"SELECT end_reason FROM access_grant WHERE grant_id = '{grant}'")
    assert row["end_reason"] == "representation-ended"
    assert agent.get("/account").status_code == 200, "the sign-in itself goes on"


async def end_expired(deps: Dependencies) -> int:
    return await end_expired_representations(deps, Actor(kind=ActorKind.SERVICE, service="identity"))


async def end_reason(identity: Identity, grant: str) -> str | None:
    (row,) = await in_database(identity, f"SELECT end_reason FROM access_grant WHERE grant_id = '{grant}'")
    reason: str | None = row["end_reason"]
    return reason


async def test_what_an_agent_has_open_ends_when_the_last_day_is_over(
    identity: Identity, deps: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    head, agent = identity.signed_in(HEAD), identity.signed_in(AGENT)
    appoint(head, headed(head), until=TODAY.isoformat())
    grant = claims_of(identity, agent, "workflow")["grant"]
    await end_expired(deps)
    assert await end_reason(identity, grant) is None, "the last day is not over"
    monkeypatch.setattr(clock, "today", lambda: TODAY + timedelta(days=3))
    assert await end_expired(deps) == 1, "whatever day it is found on"
    assert await end_reason(identity, grant) == "representation-ended"
    assert await end_expired(deps) == 0, "once"
    assert agent.get("/account").status_code == 200, "the sign-in itself goes on"
    assert "结束委托" in agent.get("/sign-in-record").text


async def test_what_was_opened_without_the_power_goes_on(identity: Identity, deps: Dependencies) -> None:
    head, agent = identity.signed_in(HEAD), identity.signed_in(AGENT)
    appoint(head, headed(head))
    over = f"until = DATE '{TODAY}' - 1, since = DATE '{TODAY}' - 9"
    await in_database(identity, f"UPDATE representation SET {over} WHERE kind = 'agent'")
    grant = claims_of(identity, agent, "workflow")["grant"]
    assert await end_expired(deps) == 1
    assert await end_reason(identity, grant) is None


async def test_an_appointment_that_another_goes_on_from_signs_nobody_out(
    identity: Identity, deps: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    head, agent = identity.signed_in(HEAD), identity.signed_in(AGENT)
    appoint(head, headed(head), until=TODAY.isoformat())
    await in_database(identity, "UPDATE representation SET since = since - 9 WHERE kind = 'agent'")
    appoint(head, headed(head), until=(TODAY + timedelta(days=9)).isoformat())
    grant = claims_of(identity, agent, "workflow")["grant"]
    monkeypatch.setattr(clock, "today", lambda: TODAY + timedelta(days=1))
    assert await end_expired(deps) == 1
    assert await end_reason(identity, grant) is None


async def test_representatives_are_named_within_their_scope_until_they_end(
    identity: Identity, from_alerts: grpc.aio.Channel
) -> None:
    head, stub = identity.signed_in(HEAD), person_pb2_grpc.PersonServiceStub(from_alerts)

    async def named() -> int:
        answer = await stub.ListRepresentatives(person_pb2.ListRepresentativesRequest(holder_code=COMPANY))
        return len(answer.persons)

    appoint(head, headed(head), scope="e-license")
    assert await named() == 1
    appoint(head, headed(head))
    assert await named() == 2
    end(head, await appointment(identity))
    assert await named() == 1


@pytest.mark.parametrize("over", ["until = CURRENT_DATE - 1, since = CURRENT_DATE - 9", "since = CURRENT_DATE + 2"])
async def test_an_appointment_counts_from_its_first_day_to_its_last(identity: Identity, over: str) -> None:
    head, agent = identity.signed_in(HEAD), identity.signed_in(AGENT)
    appoint(head, headed(head))
    assert COMPANY in claims_of(identity, agent, "workflow")["act_for"]
    await in_database(identity, f"UPDATE representation SET {over} WHERE kind = 'agent'")
    assert COMPANY not in claims_of(identity, agent, "workflow")["act_for"]


async def test_an_agent_may_stop_and_is_appointed_again_the_same_day(identity: Identity) -> None:
    head, agent = identity.signed_in(HEAD), identity.signed_in(AGENT)
    appoint(head, headed(head))
    assert end(agent, await appointment(identity)).status_code == 303
    assert appoint(head, headed(head)).status_code == 303
    assert COMPANY in claims_of(identity, agent, "workflow")["act_for"]


def test_a_parent_acts_for_a_child(identity: Identity) -> None:
    page = identity.signed_in(PARENT)
    assert any(re.fullmatch(CHILD, code) for code in claims_of(identity, page, "workflow")["act_for"])
    shown = page.get(PAGE).text
    assert "赵小川" in shown
    assert "2032-05-31" in shown
    assert not re.search(CHILD, shown), "the child's number is masked"


async def test_who_does_not_head_the_company_appoints_nobody(identity: Identity) -> None:
    head, agent, parent = identity.signed_in(HEAD), identity.signed_in(AGENT), identity.signed_in(PARENT)
    by = headed(head)
    appoint(head, by)
    own = await appointment(identity)
    (row,) = await in_database(identity, "SELECT representation_id FROM representation WHERE kind = 'parent'")
    assert appoint(agent, by, "+8613800000005").status_code == 403
    assert appoint(agent, own, "+8613800000005").status_code == 403
    assert appoint(parent, str(row["representation_id"])).status_code == 403
    assert appoint(parent, "no-id").status_code == 403


async def test_a_former_head_appoints_nobody(identity: Identity) -> None:
    head = identity.signed_in(HEAD)
    by = headed(head)
    change = "UPDATE representation SET ended_at = {} WHERE kind = 'legal-representative'"
    await in_database(identity, change.format("now()"))
    assert appoint(head, by).status_code == 403
    await in_database(identity, change.format("NULL"))


@pytest.mark.parametrize("mobile", ["+8613900001111", HEAD, "12345", ""])
def test_only_somebody_else_with_a_proven_name_is_appointed(identity: Identity, mobile: str) -> None:
    head = identity.signed_in(HEAD)
    assert appoint(head, headed(head), mobile).status_code == 422


async def test_a_person_known_by_telephone_only_is_not_appointed(identity: Identity) -> None:
    head = identity.signed_in(HEAD)
    change = "UPDATE person SET real_name_level = {} WHERE real_name_level = {}"
    await in_database(identity, change.format(1, 2))
    unproven = appoint(head, headed(head))
    await in_database(identity, change.format(2, 1))
    unknown = appoint(head, headed(head), "+8613900001111")
    assert (unproven.status_code, unknown.status_code) == (422, 422)
    sentence = "没有找到这个号码和姓名的人"
    assert sentence in unproven.text
    assert sentence in unknown.text


@pytest.mark.parametrize("until", ["", "yesterday", "2020-01-01", "2099-01-01"])
def test_an_appointment_needs_an_end(identity: Identity, until: str) -> None:
    head = identity.signed_in(HEAD)
    assert appoint(head, headed(head), until=until).status_code == 422


async def test_only_the_head_and_the_agent_end_an_appointment(identity: Identity) -> None:
    head, other = identity.signed_in(HEAD), identity.signed_in("+8613800000003")
    by = headed(head)
    appoint(head, by)
    own = await appointment(identity)
    assert end(other, own).status_code == 404
    assert end(head, by).status_code == 404, "the head's own power is the registrar's business"
    assert end(head, own).status_code == 303
    assert end(head, own).status_code == 404


@pytest.mark.parametrize("act", ["appoint", "end"])
def test_the_forms_need_their_token(identity: Identity, act: str) -> None:
    assert identity.signed_in(HEAD).post(f"{PAGE}/{act}", data={}).status_code == 403


def test_staff_have_no_such_page(identity: Identity) -> None:
    assert identity.signed_in("water01").get(PAGE).status_code == 403


async def test_a_number_alone_gives_nobody_a_companys_power(identity: Identity) -> None:
    """Numbers are mistyped, and handed on: whoever has it with us need not be whom the head of the company means."""
    head = identity.signed_in(HEAD)
    for name in ("", "张秀兰", "刘春"):
        refused = appoint(head, headed(head), name=name)
        assert refused.status_code == 422
        assert "没有找到这个号码和姓名的人" in refused.text
    assert not await in_database(identity, "SELECT 1 FROM representation WHERE kind = 'agent'")
    assert appoint(head, headed(head), name=" 刘 春生 ").status_code == 303
