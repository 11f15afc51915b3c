"""Complete approvals, and decisions alone, ÷ a bare workflow of as many updates and activities, in one run.

`pytest -s tests/load/workflow/bench_approvals.py`.

An approval here is: file, accept, check, decide, issue, close; five transitions with projection, outbox and record.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from pingshan_workflow.domain.cases.case import CaseState
from temporalio import activity, workflow
from temporalio.client import Client, WithStartWorkflowOperation, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.worker import Worker

from tests.support.load.figures import Figures
from tests.support.workflow.cases import COMPANY, SMALL, Counter, officer
from tests.support.workflow.siblings import FakeLicenses

CASES, AT_ONCE, ROUNDS = 20, 5, 3
ACTIVITIES = 7
"""Five transitions, one check, one licence."""
GOAL = 0.5


@activity.defn
async def nothing() -> None:
    return


@workflow.defn(sandboxed=False)
class Bare:
    def __init__(self) -> None:
        self._updates = 0

    @workflow.run
    async def run(self) -> None:
        for _ in range(ACTIVITIES - 3):
            await workflow.execute_activity(nothing, start_to_close_timeout=timedelta(seconds=10))
        await workflow.wait_condition(lambda: self._updates == 3)

    @workflow.update
    async def step(self) -> None:
        await workflow.execute_activity(nothing, start_to_close_timeout=timedelta(seconds=10))
        self._updates += 1


@pytest.mark.usefixtures("worker")
async def test_approvals_against_a_bare_workflow(counter: Counter, licenses: FakeLicenses, figures: Figures) -> None:
    licenses.held = {(COMPANY, "business-licence")}
    client = await counter.given.executions.connect()
    ratios = []
    async with Worker(client, task_queue="bare", workflows=[Bare], activities=[nothing]):
        for _ in range(ROUNDS):
            bare, approvals = await rate(lambda: run_bare(client)), await rate(lambda: approve(counter))
            ratios.append(approvals / bare)
            print(f"\nbare workflows {bare:.1f}/s, approvals {approvals:.1f}/s, ratio {approvals / bare:.2f}", end="")
    figures.add("workflow: approvals", *ratios, peer="a bare workflow of the same shape", at_least=GOAL)


@pytest.mark.usefixtures("worker")
async def test_decisions_against_a_bare_update(counter: Counter, licenses: FakeLicenses, figures: Figures) -> None:
    """A decision is one update, which records one transition; its peer is an update of one activity."""
    licenses.held = {(COMPANY, "business-licence")}
    client = await counter.given.executions.connect()
    ratios = []
    async with Worker(client, task_queue="bare", workflows=[Bare], activities=[nothing]):
        for _ in range(ROUNDS):
            waiting = [await start_bare(client) for _ in range(CASES + 1)]
            bare = await rate(lambda of=waiting: of.pop().execute_update(Bare.step))  # type: ignore[misc]
            cases = [await counter.submit(SMALL) for _ in range(CASES + 1)]
            decisions = await rate(lambda of=cases: counter.decide(of.pop(), "acceptance", officer("amr")))  # type: ignore[misc]
            ratios.append(decisions / bare)
            print(f"\nbare updates {bare:.1f}/s, decisions {decisions:.1f}/s, ratio {decisions / bare:.2f}", end="")
    figures.add("workflow: decisions", *ratios, peer="a bare update of one activity", at_least=GOAL)


async def start_bare(client: Client) -> WorkflowHandle[Bare, None]:
    name = f"bare/{uuid4()}"
    start = WithStartWorkflowOperation(
        Bare.run, id=name, task_queue="bare", id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING
    )
    await client.execute_update_with_start_workflow(Bare.step, start_workflow_operation=start)
    return client.get_workflow_handle_for(Bare.run, name)


async def run_bare(client: Client) -> None:
    handle = await start_bare(client)
    for _ in range(2):
        await handle.execute_update(Bare.step)
    await handle.result()


async def approve(counter: Counter) -> None:
    case_id = await counter.submit(SMALL)
    await counter.decide(case_id, "acceptance", officer("amr"))
    await counter.until_open(case_id, "food-permit")
    await counter.decide(case_id, "food-permit", officer("amr"))
    case = await counter.until_closed(case_id)
    assert case.row.state is CaseState.APPROVED


async def rate(act: Callable[[], Awaitable[object]]) -> float:
    """Acts per second, `AT_ONCE` at a time."""
    await act()
    waiting = asyncio.Semaphore(AT_ONCE)

    async def one() -> None:
        async with waiting:
            await act()

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(CASES)))
    return CASES / (time.perf_counter() - began)
