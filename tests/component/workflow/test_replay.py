"""Recorded cases replay on today's code without a difference, and time passes as the law says.

With PINGSHAN_RECORD_HISTORIES=1 the cases that are run here are written to `histories/` (their data is synthetic).
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pingshan_values.shanghai import day_of
from pingshan_workflow.clients.cases import TemporalCases
from pingshan_workflow.clients.tracing import ActTracing
from pingshan_workflow.domain.cases.case import CaseState, Verdict
from pingshan_workflow.entrypoints.worker import run_worker
from pingshan_workflow.settings import Settings
from pingshan_workflow.usecases.dependencies import Dependencies
from pingshan_workflow.workflows.case import CaseWorkflow
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import TimeSkipper
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from tests.support.workflow.cases import COMPANY, FORM, SMALL, Counter, officer
from tests.support.workflow.fixtures import until_polled
from tests.support.workflow.siblings import FakeLicenses

HISTORIES = Path(__file__).parent / "histories"


class ReadableCases(TemporalCases):
    """Without encryption, so that a history can be kept in the repository."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.settings = settings
        self.used: Client | None = None

    async def connect(self) -> Client:
        return self.used or await Client.connect(
            self.settings.temporal_address,
            namespace=self.settings.temporal_namespace,
            data_converter=pydantic_data_converter,
            interceptors=[ActTracing()],
        )


@pytest.fixture(scope="module")
async def readable(given: Dependencies, settings: Settings, licenses: FakeLicenses) -> AsyncIterator[Dependencies]:
    licenses.held = {(COMPANY, "business-licence")}
    dependencies = replace(given, executions=ReadableCases(settings))
    task = asyncio.create_task(run_worker(dependencies.executions.connect, dependencies))
    await until_polled(settings)
    yield dependencies
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def complete(counter: Counter) -> str:
    case_id = await counter.submit(FORM)
    await counter.decide(case_id, "acceptance", officer("amr"))
    await counter.until_open(case_id, "food-permit", "shop-sign", "fire-check", "drainage-permit")
    await counter.decide(case_id, "drainage-permit", officer("water"))
    await counter.decide(case_id, "fire-check", officer("fire"), Verdict.REJECT, "疏散通道不足")
    await counter.decide(case_id, "shop-sign", officer("urban"))
    await counter.decide(case_id, "food-permit", officer("amr"))
    return case_id


async def small(counter: Counter) -> str:
    case_id = await counter.submit(SMALL)
    await counter.decide(case_id, "acceptance", officer("amr"))
    await counter.until_open(case_id, "food-permit")
    await counter.decide(case_id, "food-permit", officer("amr"))
    return case_id


async def refused(counter: Counter) -> str:
    case_id = await counter.submit(FORM)
    await counter.decide(case_id, "acceptance", officer("amr"))
    await counter.until_open(case_id, "food-permit")
    await counter.decide(case_id, "food-permit", officer("amr"), Verdict.REJECT, "后厨布局不符合要求")
    return case_id


@pytest.mark.parametrize("way", [complete, small, refused])
async def test_a_case_of_today_replays(way: Callable[[Counter], Awaitable[str]], readable: Dependencies) -> None:
    counter = Counter(readable)
    case_id = await way(counter)
    await counter.until_closed(case_id)
    client = await readable.executions.connect()
    handle = client.get_workflow_handle(f"case/{case_id}")
    await handle.result()
    history = await handle.fetch_history()
    await replayer().replay_workflow(history)
    with pytest.raises(NondeterminismError):
        await replayer().replay_workflow(of_other_code(history))
    if os.environ.get("PINGSHAN_RECORD_HISTORIES"):
        keep(way.__name__, history)


async def test_recorded_cases_replay() -> None:
    histories = recorded()
    assert len(histories) >= 3
    for history in histories:
        await replayer().replay_workflow(history)
        with pytest.raises(NondeterminismError):
            await replayer().replay_workflow(of_other_code(history))


def of_other_code(history: WorkflowHistory) -> WorkflowHistory:
    """The history as code would have left it whose last activity has another name."""
    events = [HistoryEvent.FromString(event.SerializeToString()) for event in history.events]
    scheduled = [event for event in events if event.HasField("activity_task_scheduled_event_attributes")]
    scheduled[-1].activity_task_scheduled_event_attributes.activity_type.name = "another_activity"
    return WorkflowHistory(history.workflow_id, events)


def recorded() -> list[WorkflowHistory]:
    return [
        WorkflowHistory.from_json(f"case/{path.stem}", path.read_text(encoding="utf-8"))
        for path in sorted(HISTORIES.glob("*.json"))
    ]


def keep(name: str, history: WorkflowHistory) -> None:
    Path(HISTORIES, f"restaurant-opening-1-{name}.json").write_text(history.to_json() + "\n", encoding="utf-8")


async def test_silence_accepts_and_dates_back_to_receipt(readable: Dependencies) -> None:
    """Nobody decides; two weeks pass in Temporal's time."""
    executions = readable.executions
    assert isinstance(executions, ReadableCases)
    skipper = TimeSkipper(await executions.connect())
    skipping = ReadableCases(executions.settings)
    skipping.used = skipper.client
    counter = Counter(replace(readable, executions=skipping))
    case_id = await counter.submit(SMALL)
    handle = skipper.client.get_workflow_handle(f"case/{case_id}")
    await skipper.fast_forward(handle, timedelta(days=20))
    case = await counter.until_open(case_id, "food-permit")
    assert case.row.accepted_on == day_of(case.row.received_at)
    assert "deemed_accepted" in {entry.kind for entry in case.entries}
    assert case.row.state is CaseState.OPEN


def replayer() -> Replayer:
    return Replayer(workflows=[CaseWorkflow], data_converter=pydantic_data_converter, interceptors=[ActTracing()])
