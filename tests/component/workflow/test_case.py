"""A case from filing to licence, and the ways in which it may end otherwise."""

import asyncio
from uuid import uuid4

import pytest
from pingshan_kit.errors import RequestIdReused
from pingshan_kit.storage.tables import outbox, record
from pingshan_workflow.domain.cases.case import CaseState, TaskState, Verdict
from pingshan_workflow.domain.errors import AlreadyDecided, CaseClosed, ReasonRequired, TaskNotOpen
from pingshan_workflow.store.tables import case_file
from sqlalchemy import select

from tests.support.workflow.cases import COMPANY, FORM, SMALL, Counter, officer, states
from tests.support.workflow.siblings import FakeLicenses

pytestmark = pytest.mark.usefixtures("worker")


@pytest.fixture(autouse=True)
def business_licence(licenses: FakeLicenses) -> None:
    licenses.held = {(COMPANY, "business-licence")}


async def test_a_complete_case_ends_with_both_licences(counter: Counter, licenses: FakeLicenses) -> None:
    case_id = await counter.submit()
    await counter.decide(case_id, "acceptance", officer("amr"))
    case = await counter.until_open(case_id, "food-permit", "shop-sign", "fire-check", "drainage-permit")
    assert case.row.accepted_on
    assert case.row.promise_due
    assert all(task.row.due_on for task in case.tasks)
    await counter.decide(case_id, "shop-sign", officer("urban"))
    await counter.decide(case_id, "fire-check", officer("fire"))
    await counter.decide(case_id, "drainage-permit", officer("water"))
    await counter.decide(case_id, "food-permit", officer("amr"))
    case = await counter.until_closed(case_id)
    assert case.row.state is CaseState.APPROVED
    assert [found.license_type for found in case.licenses] == ["food-business-permit", "drainage-permit"]
    assert licenses.of_case(case_id)["food-business-permit"]["business_items"] == FORM["business_items"]
    assert licenses.of_case(case_id)["drainage-permit"]["outlet_count"] == 2
    async with counter.given.database.read() as tx:
        rows = await tx.execute(select(outbox.c.subject).where(outbox.c.aggregate_id == case_id))
        subjects = sorted(rows.scalars())
    assert subjects == [
        "workflow.case.closed.v1",
        "workflow.case.submitted.v1",
        *["workflow.task.decided.v1"] * 5,
    ]


async def test_a_small_shop_asks_nobody_in_vain(counter: Counter, licenses: FakeLicenses) -> None:
    case_id = await counter.submit(SMALL)
    await counter.decide(case_id, "acceptance", officer("amr"))
    case = await counter.until_open(case_id, "food-permit")
    assert set(states(case)) == {"acceptance", "food-permit"}
    await counter.decide(case_id, "food-permit", officer("amr"))
    case = await counter.until_closed(case_id)
    assert [found.license_type for found in case.licenses] == ["food-business-permit"]
    assert set(licenses.of_case(case_id)) == {"food-business-permit"}


async def test_the_mandatory_department_refuses(counter: Counter, licenses: FakeLicenses) -> None:
    case_id = await counter.submit()
    await counter.decide(case_id, "acceptance", officer("amr"))
    await counter.until_open(case_id, "food-permit", "shop-sign", "fire-check", "drainage-permit")
    await counter.decide(case_id, "food-permit", officer("amr"), Verdict.REJECT, "后厨布局不符合要求")
    case = await counter.until_closed(case_id)
    assert case.row.state is CaseState.REJECTED
    assert states(case)["shop-sign"] is TaskState.SKIPPED
    assert not licenses.of_case(case_id)
    with pytest.raises(TaskNotOpen):
        await counter.decide(case_id, "shop-sign", officer("urban"))


async def test_without_a_business_licence_it_ends_by_itself(counter: Counter, licenses: FakeLicenses) -> None:
    licenses.held = set()
    case_id = await counter.submit()
    await counter.decide(case_id, "acceptance", officer("amr"))
    case = await counter.until_closed(case_id)
    assert case.row.state is CaseState.REJECTED
    assert set(states(case)) == {"acceptance"}


async def test_of_two_officers_at_once_exactly_one_decides(counter: Counter) -> None:
    case_id = await counter.submit(SMALL)
    officers = [officer("amr", number, name=f"王{number}号") for number in range(4)]
    verdicts = [Verdict.APPROVE, Verdict.REJECT, Verdict.APPROVE, Verdict.REJECT]
    answers = await asyncio.gather(
        *(
            counter.decide(case_id, "acceptance", person, verdict, "理由")
            for person, verdict in zip(officers, verdicts, strict=True)
        ),
        return_exceptions=True,
    )
    won = [answer for answer in answers if not isinstance(answer, BaseException)]
    assert len(won) == 1
    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    assert all(isinstance(answer, AlreadyDecided) for answer in refused), refused
    assert {answer.params["decided_by"] for answer in refused if isinstance(answer, AlreadyDecided)} == {
        f"王*{won[0].row.decided_by_name[-1]}"
    }


async def test_the_same_submission_twice_is_one_case(counter: Counter) -> None:
    request_id = uuid4()
    first, second = await asyncio.gather(
        counter.submit(SMALL, request_id=request_id), counter.submit(SMALL, request_id=request_id)
    )
    assert first == second == await counter.submit(SMALL, request_id=request_id)
    with pytest.raises(RequestIdReused):
        await counter.submit(FORM, request_id=request_id)
    case = await counter.read(first)
    assert [entry.kind for entry in case.entries] == ["submitted"]


async def test_a_submission_repeated_after_the_end_finds_its_case(counter: Counter) -> None:
    request_id = uuid4()
    case_id = await counter.submit(SMALL, request_id=request_id)
    await counter.decide(case_id, "acceptance", officer("amr"), Verdict.REJECT, "材料不实")
    await counter.until_closed(case_id)
    assert await counter.submit(SMALL, request_id=request_id) == case_id


async def test_the_same_decision_twice_is_one_decision(counter: Counter) -> None:
    case_id = await counter.submit(SMALL)
    request_id = uuid4()
    for _ in range(2):
        decided = await counter.decide(case_id, "acceptance", officer("amr"), request_id=request_id)
        assert decided.row.state is TaskState.APPROVED
    with pytest.raises(RequestIdReused):
        await counter.decide(case_id, "acceptance", officer("amr"), Verdict.REJECT, "改主意", request_id=request_id)
    case = await counter.read(case_id)
    assert [entry.kind for entry in case.entries].count("decided") == 1


async def test_a_rejection_needs_a_reason(counter: Counter) -> None:
    case_id = await counter.submit(SMALL)
    with pytest.raises(ReasonRequired):
        await counter.decide(case_id, "acceptance", officer("amr"), Verdict.REJECT)


async def test_a_refusal_of_e_license_is_shown_and_overcome(counter: Counter, licenses: FakeLicenses) -> None:
    licenses.refusals = ["E_LICENSE_PREREQUISITE_MISSING"]
    case_id = await counter.submit(SMALL)
    await counter.decide(case_id, "acceptance", officer("amr"))
    await counter.until_open(case_id, "food-permit")
    await counter.decide(case_id, "food-permit", officer("amr"))
    case = await counter.until_closed(case_id)
    assert case.row.state is CaseState.APPROVED
    assert len(case.licenses) == 1
    assert licenses.calls[f"{case_id}/food-business-permit"] == 2
    notes = [entry for entry in case.entries if entry.kind == "license_refused"]
    assert [note.details["reason"] for note in notes] == ["E_LICENSE_PREREQUISITE_MISSING"]


async def test_the_sibling_that_is_away_is_waited_for(counter: Counter, licenses: FakeLicenses) -> None:
    licenses.away = True
    case_id = await counter.submit(SMALL)
    await counter.decide(case_id, "acceptance", officer("amr"))
    await asyncio.sleep(1)
    assert (await counter.read(case_id)).row.state is CaseState.OPEN
    licenses.away = False
    await counter.until_open(case_id, "food-permit")


async def test_decisions_after_the_end_are_refused(counter: Counter) -> None:
    case_id = await counter.submit(SMALL)
    await counter.decide(case_id, "acceptance", officer("amr"), Verdict.REJECT, "材料不实")
    await counter.until_closed(case_id)
    with pytest.raises((AlreadyDecided, CaseClosed)):
        await counter.decide(case_id, "acceptance", officer("amr", 2))


async def test_refused_decisions_are_on_record(counter: Counter) -> None:
    case_id = await counter.submit(SMALL)
    with pytest.raises(ReasonRequired):
        await counter.decide(case_id, "acceptance", officer("amr"), Verdict.REJECT)
    async with counter.given.database.read() as tx:
        rows = await tx.execute(
            select(record.c.act, record.c.details).where(record.c.subject == f"{case_id}.acceptance")
        )
        found = [(row.act, row.details["reason"]) for row in rows]
    assert found == [("task.decision-refused", "ReasonRequired")]


async def test_nothing_personal_is_readable_at_rest(counter: Counter) -> None:
    case_id = await counter.submit()
    client = await counter.given.executions.connect()
    history = await client.get_workflow_handle(f"case/{case_id}").fetch_history()
    text = history.to_json()
    async with counter.given.database.read() as tx:
        row = (await tx.execute(select(case_file).where(case_file.c.case_id == case_id))).one()
    for personal in ("林小满", "周经办", "13800000001", "小满餐饮", COMPANY):
        assert personal not in text
        assert personal.encode() not in b"".join(value for value in row if isinstance(value, bytes))
    assert "YmluYXJ5L2VuY3J5cHRlZA==" in text
