"""A pool with one connection: acts and activities wait for each other, and none waits for itself."""

import asyncio

import pytest
from pingshan_workflow.domain.cases.case import CaseState
from pingshan_workflow.settings import Settings
from pingshan_workflow.usecases.cases.list_cases import list_cases
from pingshan_workflow.usecases.cases.reveal_case import RevealCase, reveal_case

from tests.support.platform import BoundService
from tests.support.workflow.cases import CLERK, COMPANY, SMALL, Counter, officer
from tests.support.workflow.siblings import FakeLicenses

pytestmark = pytest.mark.usefixtures("worker")


@pytest.fixture(scope="module")
def settings(bound: BoundService) -> Settings:
    return bound.settings(Settings, database_pool_size=1, database_pool_overflow=0, database_pool_wait=20)


async def test_every_act_needs_one_connection(counter: Counter, licenses: FakeLicenses) -> None:
    licenses.held = {(COMPANY, "business-licence")}

    async def life() -> CaseState:
        case_id = await counter.submit(SMALL)
        await counter.decide(case_id, "acceptance", officer("amr"))
        await counter.until_open(case_id, "food-permit")
        await reveal_case(counter.given, officer("amr"), RevealCase(case_id))
        await counter.decide(case_id, "food-permit", officer("amr"))
        await list_cases(counter.given, CLERK)
        return (await counter.until_closed(case_id)).row.state

    assert await asyncio.gather(*(life() for _ in range(4))) == [CaseState.APPROVED] * 4
