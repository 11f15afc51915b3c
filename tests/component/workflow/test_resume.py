"""A worker that dies in the middle, and Temporal that is away: nothing lost, nothing doubled."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from pingshan_kit.away import is_away
from pingshan_kit.errors import Unavailable
from pingshan_tools.embedded.temporal import has_worker
from pingshan_workflow.clients import cases as cases_client
from pingshan_workflow.clients.cases import TemporalCases
from pingshan_workflow.domain.cases.case import CaseState
from pingshan_workflow.domain.errors import NotConfirmed
from pingshan_workflow.settings import Settings

from tests.support.platform import BoundService, TestPlatform
from tests.support.servers import Running, free_port
from tests.support.workflow.cases import COMPANY, SMALL, Counter, officer
from tests.support.workflow.siblings import FakeLicenses


@pytest.fixture(autouse=True)
def business_licence(licenses: FakeLicenses) -> None:
    licenses.held = {(COMPANY, "business-licence")}


@pytest.fixture(scope="module")
def process(bound: BoundService, platform: TestPlatform) -> Iterator[Running]:
    """The worker as a process of its own."""
    address, namespace = bound.fields["temporal_address"], bound.fields["temporal_namespace"]
    program = replace(bound.program("worker", "relay"), ready=lambda: has_worker(address, namespace, "workflow"))
    running = Running(program, platform.folder).start()
    yield running
    running.stop()


async def test_a_worker_is_killed_in_the_middle_of_issuing(
    counter: Counter, process: Running, licenses: FakeLicenses
) -> None:
    """Killed between the refusals of e-license; the next one finishes."""
    case_id = await counter.submit(SMALL)
    await counter.decide(case_id, "acceptance", officer("amr"))
    await counter.until_open(case_id, "food-permit")
    licenses.refusals = ["E_LICENSE_PREREQUISITE_MISSING"] * 2
    await counter.decide(case_id, "food-permit", officer("amr"))
    await counter.until(case_id, lambda case: any(entry.kind == "license_refused" for entry in case.entries))
    process.kill()
    process.start()
    case = await counter.until(case_id, lambda case: case.row.state is CaseState.APPROVED, seconds=60)
    assert len(case.licenses) == 1
    assert len(licenses.of_case(case_id)) == 1
    assert [entry.number for entry in case.entries if entry.number] == [1, 2, 3, 4, 5]


async def test_a_submission_without_a_worker_is_not_lost(counter: Counter, process: Running) -> None:
    process.kill()
    request_id = uuid4()
    with pytest.raises(NotConfirmed):
        await counter.submit(SMALL, request_id=request_id)
    process.start()
    case_id = await until_confirmed(counter, request_id)
    assert [entry.kind for entry in (await counter.read(case_id)).entries] == ["submitted"]


@pytest.mark.usefixtures("process")
async def test_temporal_is_away(counter: Counter, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer within the patience of a person, and the same request works once Temporal is back."""
    monkeypatch.setattr(cases_client, "PATIENCE", 2.0)
    away = TemporalCases(settings.model_copy(update={"temporal_address": f"127.0.0.1:{free_port()}"}))
    request_id = uuid4()
    without = Counter(counter.given.__class__(**{**_fields(counter), "executions": away}))
    async with asyncio.timeout(10):
        with pytest.raises(NotConfirmed) as unanswered:
            await without.submit(SMALL, request_id=request_id)
        with pytest.raises(Unavailable) as refused:
            await away.connect()
    for error in (unanswered.value, refused.value):
        assert is_away(error)
        assert error.params == {"part": "temporal"}
    case_id = await counter.submit(SMALL, request_id=request_id)
    assert (await counter.read(case_id)).row.state is CaseState.OPEN


async def until_confirmed(counter: Counter, request_id: UUID) -> str:
    """Submits the same again, as the page asks people to."""
    for _ in range(5):
        try:
            return await counter.submit(SMALL, request_id=request_id)
        except NotConfirmed:
            await asyncio.sleep(0.5)
    raise TimeoutError


def _fields(counter: Counter) -> dict[str, object]:
    return {name: getattr(counter.given, name) for name in counter.given.__dataclass_fields__}
