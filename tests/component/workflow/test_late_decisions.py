"""A limit that ends while no worker runs has ended all the same, for whoever decides when one runs again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from pingshan_values.shanghai import day_of
from pingshan_workflow.clients.cases import TemporalCases
from pingshan_workflow.domain.cases.case import Verdict
from pingshan_workflow.domain.errors import AlreadyDecided
from pingshan_workflow.entrypoints.worker import run_worker
from pingshan_workflow.settings import Settings
from pingshan_workflow.usecases.dependencies import Dependencies
from temporalio.client import Client
from temporalio.testing import TimeSkipper

from tests.support.workflow.cases import COMPANY, SMALL, Counter, officer
from tests.support.workflow.fixtures import until_polled
from tests.support.workflow.siblings import FakeLicenses


class Through(TemporalCases):
    """Calls through a client that a test chose."""

    def __init__(self, settings: Settings, client: Client) -> None:
        super().__init__(settings)
        self._chosen = client

    async def connect(self) -> Client:
        return self._chosen


@asynccontextmanager
async def working(given: Dependencies, settings: Settings) -> AsyncIterator[None]:
    task = asyncio.create_task(run_worker(given.executions.connect, given))
    await until_polled(settings)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_rejection_after_the_limit_changes_no_acceptance_by_silence(
    given: Dependencies, settings: Settings, licenses: FakeLicenses
) -> None:
    """It waits for the worker, and is the first thing that the case is asked."""
    licenses.held = {(COMPANY, "business-licence")}
    skipper = TimeSkipper(await given.executions.connect())
    counter = Counter(replace(given, executions=Through(settings, skipper.client)))
    async with working(given, settings):
        case_id = await counter.submit(SMALL)
    handle = skipper.client.get_workflow_handle(f"case/{case_id}")
    skipping = asyncio.create_task(skipper.fast_forward(handle, timedelta(days=20)))
    await asyncio.sleep(2)
    late = asyncio.create_task(counter.decide(case_id, "acceptance", officer("amr"), Verdict.REJECT, "材料不全"))
    await asyncio.sleep(1)
    async with working(given, settings):
        with pytest.raises(AlreadyDecided):
            await late
        await skipping
        case = await counter.until_open(case_id, "food-permit")
    assert case.row.accepted_on == day_of(case.row.received_at)
    assert "deemed_accepted" in {entry.kind for entry in case.entries}
