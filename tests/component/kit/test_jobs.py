"""Jobs: enqueued with the act, run once, again after a failure or a kill, given up with a reason."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from pingshan_kit import clock
from pingshan_kit.errors import Unavailable
from pingshan_kit.events.bus import dead_letters
from pingshan_kit.ids import uuid7
from pingshan_kit.jobs import Abandon, Job, JobHandler, Periodic, enqueue
from pingshan_kit.jobs.queue import Room, take_due
from pingshan_kit.jobs.runner import JobRunner
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import job
from pingshan_values.actor import Actor, ActorKind
from sqlalchemy import func, select

from tests.support.kit.service import SEND, ELicense, Message, eventually, killed, process, running
from tests.support.platform import TestPlatform

OPERATOR = Actor(kind=ActorKind.PERSON, person_id="operator")


class Handler:
    """Remembers its runs; raises what it is told to, in turn."""

    def __init__(self, *faults: Exception) -> None:
        self.runs: list[Job[Message]] = []
        self.faults = list(faults)

    async def handle(self, task: Job[Message]) -> None:
        self.runs.append(task)
        if self.faults:
            raise self.faults.pop(0)

    async def count(self) -> int:
        return len(self.runs)


async def add(database: Database, key: str = "1", to: str = "") -> None:
    async with database.begin() as tx:
        await enqueue(tx, SEND, key, Message(to=to))


async def state(database: Database, key: str = "1") -> str:
    async with database.read() as tx:
        found: str = (await tx.execute(select(job.c.state).where(job.c.kind == "send", job.c.key == key))).scalar_one()
        return found


async def test_a_job_runs_once_whoever_enqueues_it_again(settings: ELicense, database: Database) -> None:
    handler = Handler()
    async with running(JobRunner(database, [JobHandler(SEND, handler.handle)], [])):
        await add(database, to="everybody")
        await add(database, to="somebody else")
        await eventually(lambda: state(database), "done")
        await add(database)
        await add(database, "2")
        await eventually(lambda: state(database, "2"), "done")
    assert handler.runs == [Job(SEND, "1", Message(to="everybody"), 1), Job(SEND, "2", Message(), 1)]


async def test_a_job_of_an_act_that_failed_never_runs(settings: ELicense, database: Database) -> None:
    handler = Handler()

    async def fail() -> None:
        async with database.begin() as tx:
            await enqueue(tx, SEND, "1", Message())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with running(JobRunner(database, [JobHandler(SEND, handler.handle)], [])):
        await add(database, "2")
        await eventually(lambda: state(database, "2"), "done")
    assert [run.key for run in handler.runs] == ["2"]


async def test_a_job_waits_for_its_time(settings: ELicense, database: Database) -> None:
    handler, due = Handler(), clock.now() + timedelta(seconds=1.5)
    async with database.begin() as tx:
        await enqueue(tx, SEND, "1", Message(), run_at=due)
    async with running(JobRunner(database, [JobHandler(SEND, handler.handle)], [])):
        await eventually(lambda: state(database), "done")
    assert clock.now() >= due


async def test_due_jobs_are_found_by_their_index_in_a_generic_plan_too(database: Database) -> None:
    """asyncpg prepares; from the sixth execution on PostgreSQL may plan without knowing what is bound."""
    take = take_due([Room("send", 4, 0), Room("tick", 1, 0)], 16, uuid7())
    async with database.begin() as tx:
        compiled = take.compile(dialect=tx.dialect)
        for statement in ("plan_cache_mode = force_generic_plan", "enable_seqscan = off"):
            await tx.exec_driver_sql(f"SET LOCAL {statement}")
        await tx.exec_driver_sql(f"PREPARE take AS {compiled}")
        values = ", ".join(literal(compiled.params[name]) for name in compiled.positiontup or ())
        plan = "\n".join((await tx.exec_driver_sql(f"EXPLAIN EXECUTE take({values})")).scalars())
        await tx.exec_driver_sql("DEALLOCATE take")
    assert "ix_job_queued" in plan, plan


def literal(value: object) -> str:
    if isinstance(value, list):
        return "'{" + ",".join(map(str, value)) + "}'"
    return f"'{value}'"


async def test_a_failed_run_is_repeated_and_counted_and_an_absent_part_is_not(
    settings: ELicense, database: Database
) -> None:
    handler = Handler(RuntimeError(), Unavailable())
    async with running(JobRunner(database, [JobHandler(SEND, handler.handle)], [])):
        await add(database)
        await eventually(lambda: state(database), "done")
    assert [run.attempt for run in handler.runs] == [1, 2, 2]


async def test_an_abandoned_job_is_a_dead_letter_that_can_be_retried(settings: ELicense, database: Database) -> None:
    handler = Handler(Abandon("NUMBER_DOES_NOT_EXIST"))
    letters = dead_letters(settings, database, [])
    async with running(JobRunner(database, [JobHandler(SEND, handler.handle)], [])):
        await add(database, to="nobody")
        await eventually(letters.count, 1)
        [letter] = await letters.open_letters()
        assert (letter.source, letter.handler, letter.message_id) == ("job", "send", "1")
        assert (letter.code, letter.attempts) == ("NUMBER_DOES_NOT_EXIST", 1)
        assert await state(database) == "dead"
        await letters.retry(OPERATOR, letter.id)
        await eventually(lambda: state(database), "done")
    assert await letters.count() == 0
    assert len(handler.runs) == 2


async def test_the_last_attempt_is_the_last(settings: ELicense, database: Database) -> None:
    handler = Handler(RuntimeError(), RuntimeError(), RuntimeError())
    letters = dead_letters(settings, database, [])
    async with running(JobRunner(database, [JobHandler(replace(SEND, attempts=2), handler.handle)], [])):
        await add(database)
        await eventually(letters.count, 1)
        await asyncio.sleep(1.5)
    assert len(handler.runs) == 2


async def test_a_job_whose_process_was_killed_is_taken_over(
    platform: TestPlatform, settings: ELicense, database: Database
) -> None:
    await add(database)
    await killed(process(platform.service("e-license"), "start_job_and_die"))
    handler = Handler()
    async with running(JobRunner(database, [JobHandler(SEND, handler.handle)], [])):
        await asyncio.sleep(0.5)
        assert not handler.runs, "the lease of the killed process still holds"
        async with database.begin() as tx:
            await tx.execute(job.update().values(lease_until=func.now() - timedelta(seconds=1)))
        await eventually(lambda: state(database), "done")
    assert [run.attempt for run in handler.runs] == [2]


async def test_a_job_that_ends_its_process_every_time_becomes_a_dead_letter(
    platform: TestPlatform, settings: ELicense, database: Database
) -> None:
    await add(database)
    await killed(process(platform.service("e-license"), "start_job_and_die"))
    async with database.begin() as tx:
        await tx.execute(job.update().values(lease_until=func.now() - timedelta(seconds=1)))
    handler = Handler()
    letters = dead_letters(settings, database, [])
    async with running(JobRunner(database, [JobHandler(replace(SEND, attempts=1), handler.handle)], [])):
        await eventually(letters.count, 1)
    assert not handler.runs


async def test_a_cancelled_run_is_given_back_uncounted(settings: ELicense, database: Database) -> None:
    started = asyncio.Event()

    async def endless(_: Job[Message]) -> None:
        started.set()
        await asyncio.sleep(3600)

    await add(database)
    async with running(JobRunner(database, [JobHandler(SEND, endless)], [])):
        await started.wait()
    handler = Handler()
    async with running(JobRunner(database, [JobHandler(SEND, handler.handle)], [])):
        await eventually(lambda: state(database), "done")
    assert [run.attempt for run in handler.runs] == [1]


async def test_draining_finishes_what_runs_and_takes_nothing_new(settings: ELicense, database: Database) -> None:
    started, finish = asyncio.Event(), asyncio.Event()

    async def slow(_: Job[Message]) -> None:
        started.set()
        await finish.wait()

    await add(database)
    runner = JobRunner(database, [JobHandler(SEND, slow)], [])
    async with running(runner):
        await started.wait()
        draining = asyncio.create_task(runner.drain())
        await asyncio.sleep(0.1)
        await add(database, "2")
        finish.set()
        await draining
        assert (await state(database), await state(database, "2")) == ("done", "queued")


async def test_a_periodic_job_runs_once_per_period_across_replicas(settings: ELicense, database: Database) -> None:
    runs = 0

    async def tick() -> None:
        nonlocal runs
        runs += 1

    async def periods() -> int:
        async with database.read() as tx:
            ended = select(func.count()).select_from(job).where(job.c.kind == "tick", job.c.state == "done")
            return (await tx.execute(ended)).scalar_one()

    every_second = Periodic("tick", timedelta(seconds=1), tick)
    other = Database.from_settings(settings)
    replicas = [JobRunner(each, [], [every_second]) for each in (database, other)]
    async with running(*replicas):
        await eventually(periods, 4)
    await other.close()
    assert runs == await periods()


async def test_a_failing_periodic_job_is_tried_again_and_holds_up_nothing(
    settings: ELicense, database: Database
) -> None:
    runs = 0

    async def fail_first() -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise RuntimeError

    async def ran() -> int:
        return runs

    async with running(JobRunner(database, [], [Periodic("daily", timedelta(days=1), fail_first)])):
        await eventually(ran, 2)
        await asyncio.sleep(1.2)
    assert runs == 2
    assert await dead_letters(settings, database, []).count() == 0
