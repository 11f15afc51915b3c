"""A room for each kind of job: what is slow or full holds up nothing else, and what nobody handles is seen."""

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pingshan_kit.ids import uuid7
from pingshan_kit.jobs import Job, JobHandler, JobKind, Periodic, enqueue, leases
from pingshan_kit.jobs.runner import PLACES, JobRunner
from pingshan_kit.outgoing import Outgoing
from pingshan_kit.readiness import Readiness
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import dead_letter, job
from sqlalchemy import func, select, text

from tests.support.kit.service import SEND, ELicense, Message, eventually, killed, process, running
from tests.support.platform import TestPlatform

WEBHOOK = JobKind("webhook", Message, concurrency=8)
SMS = JobKind("sms", Message, concurrency=4, priority=10)


class Slow:
    """Counts what runs at the same time, and ends nothing before it is told to."""

    def __init__(self) -> None:
        self.began = self.running = self.most = 0
        self.may_end = asyncio.Event()

    async def handle(self, _: Job[Message]) -> None:
        self.began += 1
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await self.may_end.wait()
        finally:
            self.running -= 1


async def nothing(_: Job[Message]) -> None:
    return


async def add(database: Database, kind: JobKind[Message], count: int) -> None:
    async with database.begin() as tx:
        for number in range(count):
            await enqueue(tx, kind, str(number), Message())


async def states(database: Database, kind: JobKind[Any]) -> dict[str, int]:
    counted = select(job.c.state, func.count()).where(job.c.kind == kind.name).group_by(job.c.state)
    async with database.read() as tx:
        return {row[0]: row[1] for row in await tx.execute(counted)}


async def test_a_storm_of_slow_webhooks_holds_up_no_sms(database: Database) -> None:
    slow = Slow()
    await add(database, WEBHOOK, 3000)
    async with running(JobRunner(database, [JobHandler(WEBHOOK, slow.handle), JobHandler(SMS, nothing)], [])):
        await eventually(lambda: running_now(slow), 8)
        await add(database, SMS, 200)
        await eventually(lambda: states(database, SMS), {"done": 200}, seconds=60)
        assert await states(database, WEBHOOK) == {"queued": 3000}, "not one of them has ended"
        assert (slow.began, slow.most) == (8, 8)


async def running_now(slow: Slow) -> int:
    return slow.running


async def test_no_more_than_its_concurrency_runs_of_one_kind(database: Database) -> None:
    ended = Counter[str]()
    together = most = 0

    async def short(task: Job[Message]) -> None:
        nonlocal together, most
        together += 1
        most = max(most, together)
        await asyncio.sleep(0.005)
        together -= 1
        ended[task.key] += 1

    await add(database, WEBHOOK, 200)
    async with running(JobRunner(database, [JobHandler(WEBHOOK, short)], [])):
        await eventually(lambda: states(database, WEBHOOK), {"done": 200}, seconds=60)
    assert most == 8
    assert set(ended.values()) == {1}
    assert len(ended) == 200


async def test_jobs_that_end_at_once_share_a_commit(database: Database) -> None:
    slow, many = Slow(), replace(WEBHOOK, concurrency=20)
    await add(database, many, 20)
    async with running(JobRunner(database, [JobHandler(many, slow.handle)], [])):
        await eventually(lambda: running_now(slow), 20)
        slow.may_end.set()
        await eventually(lambda: states(database, many), {"done": 20})
    ended = select(func.count(text("DISTINCT xmin::text")), func.count(job.c.finished_at), func.count(job.c.lease))
    async with database.read() as tx:
        commits, finished, leased = (await tx.execute(ended.where(job.c.kind == many.name))).one()
    assert (finished, leased) == (20, 0)
    assert commits <= 3


async def test_the_higher_priority_finds_a_place_first(database: Database) -> None:
    """Where all together are more than the process runs, and although the others have waited longer."""
    many, urgent = replace(WEBHOOK, concurrency=PLACES), replace(SMS, concurrency=PLACES)
    started: list[str] = []
    hold = asyncio.Event()

    async def wait(task: Job[Message]) -> None:
        started.append(task.kind.name)
        await hold.wait()

    async def count() -> int:
        return len(started)

    await add(database, many, PLACES)
    await add(database, urgent, 10)
    async with running(JobRunner(database, [JobHandler(many, wait), JobHandler(urgent, wait)], [])):
        await eventually(count, PLACES)
        await asyncio.sleep(1.2)
        assert started == ["sms"] * 10 + ["webhook"] * (PLACES - 10)


async def test_the_pool_suffices_for_all_that_runs_at_the_same_time(database: Database) -> None:
    """Three transactions of every job, more jobs than connections: nobody is turned away, nothing is postponed."""
    attempts = Counter[int]()
    crowd = replace(WEBHOOK, concurrency=PLACES)

    async def work(task: Job[Message]) -> None:
        for _ in range(3):
            async with database.begin() as tx:
                await tx.execute(text("SELECT pg_sleep(0.02)"))
        attempts[task.attempt] += 1

    await add(database, crowd, 10 * PLACES)
    async with running(JobRunner(database, [JobHandler(crowd, work)], [])):
        await eventually(lambda: states(database, crowd), {"done": 10 * PLACES}, seconds=120)
    assert attempts == {1: 10 * PLACES}
    postponed = select(func.count()).select_from(job).where(job.c.kind == crowd.name, job.c.attempts != 1)
    async with database.read() as tx:
        assert (await tx.execute(postponed)).scalar_one() == 0


async def test_a_kind_that_nobody_handles_is_seen_and_the_process_goes_on(database: Database) -> None:
    async def tick() -> None:
        return

    await add(database, WEBHOOK, 2)
    await add(database, SMS, 2)
    runner = JobRunner(database, [JobHandler(SMS, nothing)], [Periodic("tick", timedelta(days=1), tick)])
    readiness = Readiness("e-license", database)
    readiness.job_kinds = runner.kinds
    async with running(runner):
        await eventually(lambda: states(database, SMS), {"done": 2})
    ready, facts = await readiness.report()
    assert ready
    assert (facts["status"], facts["degraded"], facts["unhandled"]) == ("degraded", ["jobs"], ["webhook"])
    async with database.begin() as tx:
        await tx.execute(job.update().values(state="done"))

    async def status() -> str:
        return str((await readiness.report())[1]["status"])

    await eventually(status, "ready")


def test_a_kind_has_one_handler(database: Database) -> None:
    with pytest.raises(ValueError, match="two handlers"):
        JobRunner(database, [JobHandler(SMS, nothing), JobHandler(SMS, nothing)], [])


async def test_a_payload_that_the_model_refuses_is_a_dead_letter_at_once(database: Database) -> None:
    async with database.begin() as tx:
        row = job.insert().values(kind="sms", key="1", payload={"to": ["13800138000"]}, traceparent="")
        await tx.execute(row)
    slow = Slow()
    slow.may_end.set()
    async with running(JobRunner(database, [JobHandler(SMS, slow.handle)], [])):
        await eventually(lambda: states(database, SMS), {"dead": 1})
    async with database.read() as tx:
        found = (await tx.execute(select(dead_letter.c.code, dead_letter.c.attempts))).all()
    assert found == [("PAYLOAD_INVALID", 1)]
    assert slow.began == 0


async def test_a_payload_with_fields_of_another_version_runs(database: Database) -> None:
    async with database.begin() as tx:
        await tx.execute(job.insert().values(kind="sms", key="1", payload={"later": 1}, traceparent=""))
    given: list[Message] = []

    async def note(task: Job[Message]) -> None:
        given.append(task.payload)

    async with running(JobRunner(database, [JobHandler(SMS, note)], [])):
        await eventually(lambda: states(database, SMS), {"done": 1})
    assert given == [Message()], "as if the field were not there"


async def test_a_lost_lease_cancels_the_handler(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process has taken the job over: here it must not go on."""
    monkeypatch.setattr(leases, "_RENEW_SECONDS", 0.1)
    slow = Slow()
    await add(database, SMS, 1)
    async with running(JobRunner(database, [JobHandler(SMS, slow.handle)], [])):
        await eventually(lambda: running_now(slow), 1)
        await asyncio.sleep(0.5)
        assert slow.running == 1, "a lease that is renewed is not lost"
        other = uuid7()
        async with database.begin() as tx:
            await tx.execute(job.update().where(job.c.kind == "sms").values(lease=other))
        await eventually(lambda: running_now(slow), 0)
        await asyncio.sleep(0.5)
        async with database.read() as tx:
            row = (await tx.execute(select(job).where(job.c.kind == "sms"))).one()
        assert (row.state, row.lease, row.attempts) == ("queued", other, 1), "it belongs to the other process"
    assert slow.began == 1


async def test_a_lease_that_cannot_be_renewed_ends_by_the_clock(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL may be back for others first: whoever cannot renew stops in time, and the run does not count."""
    monkeypatch.setattr(leases.Leases, "keep", lambda _: asyncio.sleep(3600))
    monkeypatch.setattr("pingshan_kit.jobs.runner.ends_at", lambda taken: taken + 0.3)
    slow = Slow()
    await add(database, SMS, 1)
    async with running(JobRunner(database, [JobHandler(SMS, slow.handle)], [])):
        await eventually(lambda: running_now(slow), 1)
        await eventually(lambda: running_now(slow), 0)
        slow.may_end.set()
        await eventually(lambda: states(database, SMS), {"done": 1})
    async with database.read() as tx:
        assert (await tx.execute(select(job.c.attempts).where(job.c.kind == "sms"))).scalar_one() == 1


async def test_a_time_out_of_the_handlers_own_is_a_failure(database: Database) -> None:
    async def too_slow(_: Job[Message]) -> None:
        raise TimeoutError

    once = replace(SMS, attempts=1)
    await add(database, once, 1)
    async with running(JobRunner(database, [JobHandler(once, too_slow)], [])):
        await eventually(lambda: states(database, once), {"dead": 1})


async def test_a_process_killed_in_the_middle_of_a_storm_loses_nothing(
    platform: TestPlatform, settings: ELicense, database: Database
) -> None:
    await add(database, SEND, 300)
    await killed(process(platform.service("e-license"), "run_jobs_and_die"))
    left = await states(database, SEND)
    assert 0 < left["queued"] < 300
    async with database.begin() as tx:
        await tx.execute(job.update().where(job.c.lease.is_not(None)).values(lease_until=func.now()))
    async with running(JobRunner(database, [JobHandler(SEND, nothing)], [])):
        await eventually(lambda: states(database, SEND), {"done": 300}, seconds=60)


async def test_servers_that_drip_hold_up_no_sms_and_give_their_places_back(database: Database) -> None:
    """36 calls to a server that sends a byte now and then: an SMS goes out meanwhile, and each call ends."""
    calling = replace(WEBHOOK, concurrency=36, attempts=1)
    asked = 0

    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        with suppress(OSError):
            while not writer.is_closing():
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.2)

    async def count() -> int:
        return asked

    async with await asyncio.start_server(drip, "127.0.0.1", 0) as dripping:
        address = f"http://127.0.0.1:{dripping.sockets[0].getsockname()[1]}/"
        outgoing = Outgoing(total_seconds=15)

        async def call(_: Job[Message]) -> None:
            await outgoing.call("POST", address)

        await add(database, calling, 36)
        async with running(JobRunner(database, [JobHandler(calling, call), JobHandler(SMS, nothing)], [])):
            await eventually(count, 36)
            await add(database, SMS, 20)
            await eventually(lambda: states(database, SMS), {"done": 20}, seconds=12)
            assert await states(database, calling) == {"queued": 36}, "all of them still drip"
            await eventually(lambda: states(database, calling), {"dead": 36}, seconds=40)
