"""A case from filing to licence, and the ways in which it may end otherwise."""

import pytest
from pingshan_kit.tables import outbox
from pingshan_workflow.domain.case import CaseState
from sqlalchemy import select

from tests.support.workflow import COMPANY, FORM, Counter, officer
from tests.support.workflow_siblings import FakeLicenses

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
