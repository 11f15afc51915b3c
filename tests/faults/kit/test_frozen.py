"""A process that stands still in the middle of an act, and goes on when another one has taken the act over."""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial

import httpx
from nats.aio.client import Client
from pingshan_events.e_license import LicenseIssued
from pingshan_kit.events.bus import Bus, Consumer
from pingshan_kit.jobs import Job, JobHandler, enqueue
from pingshan_kit.jobs.runner import JobRunner
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import command, dead_letter, inbox, job
from sqlalchemy import func, select, text

from tests.support.events import publish_event
from tests.support.kit.service import (
    SEND,
    Alerts,
    Message,
    busy_process,
    effects,
    eventually,
    license_issued,
    note,
    running,
)
from tests.support.platform import TestPlatform

WRITING = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'
AND query LIKE 'INSERT INTO command%'
"""


@asynccontextmanager
async def ready(process: "subprocess.Popen[bytes]", settings: Alerts) -> AsyncIterator["subprocess.Popen[bytes]"]:
    async def status() -> str:
        try:
            async with httpx.AsyncClient() as client:
                return str((await client.get(f"{settings.public_url}/readyz")).json()["status"])
        except httpx.HTTPError:
            return "away"

    try:
        await eventually(status, "ready", seconds=60)
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def frozen(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process.pid, signal.SIGCONT)


async def writing(database: Database) -> int:
    """Transactions that have written their effect and are still open."""
    async with database.read() as tx:
        return int((await tx.execute(text(WRITING))).scalar_one())


async def state(database: Database) -> str:
    async with database.read() as tx:
        return str((await tx.execute(select(job.c.state).where(job.c.kind == "send"))).scalar_one())


async def test_a_job_that_was_taken_over_writes_nothing_more(
    platform: TestPlatform, alerts_settings: Alerts, alerts_database: Database
) -> None:
    async def send(task: Job[Message]) -> None:
        async with alerts_database.begin() as tx:
            await note(tx, license_issued())

    async with alerts_database.begin() as tx:
        await enqueue(tx, SEND, "1", Message(to="2"))
    async with ready(busy_process(platform.service("alerts", migrated=False)), alerts_settings) as process:
        await eventually(partial(writing, alerts_database), 1)
        with frozen(process):
            async with alerts_database.begin() as tx:
                await tx.execute(job.update().values(lease_until=func.now()))
            async with running(JobRunner(alerts_database, [JobHandler(SEND, send)], [])):
                await eventually(partial(state, alerts_database), "done")
        await eventually(partial(writing, alerts_database), 0)
        await asyncio.sleep(1)
        assert process.poll() is None
    assert await effects(alerts_database) == 1, "both have written"
    assert await state(alerts_database) == "done"


async def test_an_event_that_was_delivered_again_has_one_effect(
    platform: TestPlatform, admin: Client, database: Database, alerts_settings: Alerts, alerts_database: Database
) -> None:
    event = license_issued().model_copy(update={"agency": "2"})
    consumer = Consumer("notify-license-issued", LicenseIssued, note)
    bound = platform.service("alerts", migrated=False)
    async with ready(busy_process(bound, idle_in_transaction_timeout="3"), alerts_settings) as process:
        await publish_event(admin, platform.addresses.secrets, event)
        await eventually(partial(writing, alerts_database), 1)
        with frozen(process):
            async with running(Bus(alerts_settings, alerts_database, [consumer], [])):
                await eventually(lambda: effects(alerts_database), 1, seconds=40)
        await asyncio.sleep(3)
        assert process.poll() is None
    async with alerts_database.read() as tx:
        counts = [(await tx.execute(select(func.count()).select_from(table))).scalar() for table in (command, inbox)]
        letters = (await tx.execute(select(func.count()).select_from(dead_letter))).scalar_one()
    assert (counts, letters) == ([1, 1], 0)
