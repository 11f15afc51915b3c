"""An older copy of PostgreSQL is put back while Temporal is ahead: cases go on, and nobody gets another's case."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from uuid import uuid4

import asyncpg
import pytest
from pingshan_workflow.domain.cases.case import Account, CaseState, Decision, Fault, Verdict, fault_of
from pingshan_workflow.domain.cases.execution import workflow_id
from pingshan_workflow.domain.errors import AlreadyDecided, CaseStalled, NotAllowed, NotResumable
from pingshan_workflow.entrypoints.jobs import faults
from pingshan_workflow.settings import Settings
from pingshan_workflow.usecases.cases.catch_up import CatchUp, catch_up
from pingshan_workflow.usecases.cases.compare_cases import compare_cases, find_lost_cases
from pingshan_workflow.usecases.cases.resume_case import ResumeCase, resume_case
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest

from tests.support.platform import TestPlatform
from tests.support.workflow.browser import Browser
from tests.support.workflow.cases import CLERK, COMPANY, FORM, SMALL, Counter, officer
from tests.support.workflow.siblings import FakeLicenses

pytestmark = pytest.mark.usefixtures("worker")

TABLES = ("case_license", "case_note", "transition", "task", "case_file", "submission")


@pytest.fixture(autouse=True)
def business_licence(licenses: FakeLicenses) -> None:
    licenses.held = {(COMPANY, "business-licence")}


@pytest.fixture
async def superuser(platform: TestPlatform) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(platform.database_admin_url("workflow"))
    yield connection
    await connection.close()


@pytest.fixture
async def clean(superuser: asyncpg.Connection) -> None:
    await superuser.execute("UPDATE case_file SET fault = NULL")


async def put_back(superuser: asyncpg.Connection, case_id: str) -> None:
    """As a copy from before that case was filed leaves the database."""
    await superuser.execute("SET session_replication_role = replica")
    for table in TABLES:
        await superuser.execute(f"DELETE FROM {table} WHERE case_id = $1", case_id)
    await forget_events(superuser, case_id, 0)
    await superuser.execute("UPDATE case_number SET last = last - 1")


async def forget_events(superuser: asyncpg.Connection, case_id: str, number: int) -> None:
    for table in ("outbox", "event_log"):
        await superuser.execute(
            f"DELETE FROM {table} WHERE aggregate_id = $1 AND (payload::jsonb->>'aggregate_version')::int > $2",
            case_id,
            number,
        )


async def put_back_to(superuser: asyncpg.Connection, case_id: str, number: int) -> None:
    """As a copy from just after that transition leaves the case."""
    lost = await superuser.fetch(
        "SELECT node FROM transition WHERE case_id = $1 AND number > $2 AND kind = 'decided'", case_id, number
    )
    opened = await superuser.fetch(
        "SELECT jsonb_array_elements_text(details->'opened') FROM transition WHERE case_id = $1 AND number > $2",
        case_id,
        number,
    )
    await superuser.execute("SET session_replication_role = replica")
    await superuser.execute("DELETE FROM task WHERE case_id = $1 AND node = ANY($2)", case_id, [r[0] for r in opened])
    await superuser.execute(
        "UPDATE task SET state = 'open', decided_at = NULL, decided_by = NULL, decided_by_name = NULL, comment = NULL"
        " WHERE case_id = $1 AND node = ANY($2)",
        case_id,
        [r[0] for r in lost],
    )
    await superuser.execute("DELETE FROM transition WHERE case_id = $1 AND number > $2", case_id, number)
    for table in ("case_license", "case_note"):
        await superuser.execute(f"DELETE FROM {table} WHERE case_id = $1", case_id)
    await forget_events(superuser, case_id, number)
    await superuser.execute(
        "UPDATE case_file SET transition = $2, state = 'open', closed_at = NULL, compared_at = now() - interval '1 day'"
        " WHERE case_id = $1",
        case_id,
        number,
    )


async def events_of(superuser: asyncpg.Connection, case_id: str) -> list[str]:
    rows = await superuser.fetch(
        "SELECT event_id FROM outbox WHERE aggregate_id = $1 UNION ALL SELECT event_id FROM event_log"
        " WHERE aggregate_id = $1",
        case_id,
    )
    return [str(row[0]) for row in rows]


async def test_a_case_whose_newest_transitions_are_lost_goes_on(
    counter: Counter, superuser: asyncpg.Connection, licenses: FakeLicenses
) -> None:
    case_id = await counter.submit(SMALL)
    await counter.decide(case_id, "acceptance", officer("amr"))
    before = await counter.until_open(case_id, "food-permit")
    events = await events_of(superuser, case_id)
    await put_back_to(superuser, case_id, 1)
    assert len((await counter.read(case_id)).entries) == 1
    with pytest.raises(AlreadyDecided):
        await counter.decide(case_id, "acceptance", officer("amr", 2))
    after = await counter.read(case_id)
    assert [entry.number for entry in after.entries] == [entry.number for entry in before.entries]
    assert after.row == before.row
    assert [task.row for task in after.tasks] == [task.row for task in before.tasks]
    assert set(await events_of(superuser, case_id)) == set(events), "what is published again has the ids that it had"
    await counter.decide(case_id, "food-permit", officer("amr"))
    closed = await counter.until_closed(case_id)
    assert closed.row.state is CaseState.APPROVED
    assert len(licenses.of_case(case_id)) == 1


async def test_a_transition_after_a_gap_is_recorded_with_what_the_gap_lost(
    counter: Counter, superuser: asyncpg.Connection
) -> None:
    """The copy is put back while an activity is about to record what comes next."""
    case_id = await counter.submit(SMALL)
    await counter.decide(case_id, "acceptance", officer("amr"))
    await counter.until_open(case_id, "food-permit")
    await put_back(superuser, case_id)
    decision = Decision(str(uuid4()), "food-permit", Verdict.REJECT, "材料不实", "p", "王立夏", "amr", ("officer",))
    await counter.given.executions.decide(case_id, decision)
    case = await counter.until_closed(case_id)
    assert case.row.state is CaseState.REJECTED
    numbers = [entry.number for entry in case.entries if entry.number]
    assert numbers == list(range(1, len(numbers) + 1))


async def test_a_case_that_is_lost_whole_is_found_and_its_request_has_it_still(
    counter: Counter, superuser: asyncpg.Connection
) -> None:
    request_id = uuid4()
    case_id = await counter.submit(SMALL, request_id=request_id)
    before = await counter.read(case_id)
    await put_back(superuser, case_id)
    async with asyncio.timeout(20):
        while not await find_lost_cases(counter.given):  # noqa: ASYNC110 - Temporal finds executions a little later
            await asyncio.sleep(0.2)
    assert (await counter.read(case_id)).row == before.row
    assert await counter.submit(SMALL, request_id=request_id) == case_id
    assert await counter.submit(SMALL) != case_id


async def test_a_case_that_has_ended_meanwhile_is_closed_by_the_comparison(
    counter: Counter, superuser: asyncpg.Connection
) -> None:
    case_id = await counter.submit(SMALL)
    await counter.decide(case_id, "acceptance", officer("amr"), Verdict.REJECT, "材料不实")
    await counter.until_closed(case_id)
    await put_back_to(superuser, case_id, 1)
    assert await compare_cases(counter.given) >= 1
    assert (await counter.read(case_id)).row.state is CaseState.REJECTED


@pytest.mark.usefixtures("clean")
async def test_a_case_that_temporal_has_lost_says_so_and_is_counted(
    counter: Counter, browser: Callable[..., Awaitable[Browser]], settings: Settings
) -> None:
    case_id = await counter.submit(SMALL)
    client = await counter.given.executions.connect()
    await client.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(
            namespace=settings.temporal_namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow_id(case_id)),
        )
    )
    async with asyncio.timeout(20):
        while await counter.given.executions.account(case_id, 0) is not None:  # noqa: ASYNC110 - Temporal deletes later
            await asyncio.sleep(0.2)
    with pytest.raises(CaseStalled):
        await counter.decide(case_id, "acceptance", officer("amr"))
    async with counter.given.database.read() as tx:
        assert [phrase for _, phrase in await faults(tx)] == ["cases whose process and record do not fit each other: 1"]
    page = await (await browser(CLERK)).get(f"/cases/{case_id}")
    assert "审批引擎里没有这个办件的流程" in page.text


@pytest.mark.usefixtures("clean")
async def test_a_case_whose_execution_was_ended_says_so(
    counter: Counter, browser: Callable[..., Awaitable[Browser]]
) -> None:
    case_id = await counter.submit(SMALL)
    client = await counter.given.executions.connect()
    await client.get_workflow_handle(workflow_id(case_id)).terminate("by mistake")
    assert await catch_up(counter.given, CatchUp(case_id)) is Fault.ENDED
    page = await (await browser(CLERK)).get(f"/cases/{case_id}")
    assert "已在审批引擎里中止" in page.text


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("decided", [0, 1, 2])
async def test_an_operator_lets_a_case_go_on_from_its_record(
    counter: Counter, browser: Callable[..., Awaitable[Browser]], licenses: FakeLicenses, decided: int
) -> None:
    """Nothing is done twice: not a decision, not a licence; the last one is ordered while its execution ends."""
    case_id = await counter.submit(SMALL)
    for node in ("acceptance", "food-permit")[:decided]:
        await counter.until_open(case_id, node)
        licenses.refusals = ["E_LICENSE_PREREQUISITE_MISSING"] * 3 if node == "food-permit" else []
        await counter.decide(case_id, node, officer("amr"))
    client = await counter.given.executions.connect()
    if decided == 1:
        await counter.until_open(case_id, "food-permit")
    await client.get_workflow_handle(workflow_id(case_id)).terminate("by mistake")
    licenses.refusals = []
    assert await catch_up(counter.given, CatchUp(case_id)) is Fault.ENDED
    before = await counter.read(case_id)
    page = await browser(replace(CLERK, roles=frozenset({"operator"})))
    shown = await page.get(f"/cases/{case_id}")
    assert "按办件记录重新启动流程" in shown.text
    answer = await page.post(f"/cases/{case_id}/resume", {})
    assert (answer.status_code, "按办件记录重新启动流程" in answer.text) == (200, False)
    for node in ("acceptance", "food-permit")[decided:]:
        await counter.until_open(case_id, node)
        await counter.decide(case_id, node, officer("amr"))
    closed = await counter.until_closed(case_id)
    assert closed.row.state is CaseState.APPROVED
    assert closed.row.fault is None
    kept = [entry for entry in before.entries if entry.number]
    assert [entry for entry in closed.entries if entry.number][: len(kept)] == kept
    numbers = [entry.number for entry in closed.entries if entry.number]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(licenses.of_case(case_id)) == 1


@pytest.mark.usefixtures("clean")
async def test_a_case_that_runs_is_not_started_again_and_nobody_but_operators_may(counter: Counter) -> None:
    case_id = await counter.submit(SMALL)
    operator = replace(CLERK, roles=frozenset({"operator"}))
    with pytest.raises(NotResumable):
        await resume_case(counter.given, operator, ResumeCase(case_id))
    for stranger in (CLERK, officer("amr")):
        with pytest.raises(NotAllowed):
            await resume_case(counter.given, stranger, ResumeCase(case_id))


@pytest.mark.parametrize(
    ("account", "last", "fault"),
    [
        (None, 3, Fault.LOST),
        (Account(1), 3, Fault.AHEAD),
        (Account(3, is_over=True), 3, Fault.ENDED),
        (Account(2), 3, None),
        (Account(3), 3, None),
    ],
)
def test_what_is_wrong_with_an_open_case(account: Account | None, last: int, fault: Fault | None) -> None:
    assert fault_of(account, last, CaseState.OPEN) is fault
    assert fault_of(account, last, CaseState.APPROVED) is None


async def test_a_number_that_a_running_case_has_is_given_to_nobody_else(
    counter: Counter, superuser: asyncpg.Connection
) -> None:
    lost = await counter.submit(FORM)
    await put_back(superuser, lost)
    request_id = uuid4()
    case_id = await counter.submit(SMALL, request_id=request_id)
    assert case_id != lost
    case = await counter.read(case_id)
    assert case.row.state is CaseState.OPEN
    assert case.row.form["dine_in"] is False, "the case is the one that was filed"
    assert await counter.submit(SMALL, request_id=request_id) == case_id


async def test_a_number_that_a_closed_case_had_is_given_to_nobody_else(
    counter: Counter, superuser: asyncpg.Connection
) -> None:
    lost = await counter.submit(SMALL)
    await counter.decide(lost, "acceptance", officer("amr"), Verdict.REJECT, "材料不实")
    await counter.until_closed(lost)
    await put_back(superuser, lost)
    case_id = await counter.submit(SMALL)
    assert case_id != lost
    assert (await counter.read(case_id)).row.state is CaseState.OPEN


async def test_several_numbers_that_are_taken_are_stepped_over(counter: Counter, superuser: asyncpg.Connection) -> None:
    lost = [await counter.submit(SMALL) for _ in range(3)]
    for each in lost:
        await put_back(superuser, each)
    request_id = uuid4()
    case_id = await counter.submit(SMALL, request_id=request_id)
    assert case_id not in lost
    assert await counter.submit(SMALL, request_id=request_id) == case_id
    assert await counter.submit(SMALL) not in {*lost, case_id}
