"""PostgreSQL that reads and does not write: after a failover to a standby, or where a provider's disk is nearly full.

An act is refused as long as it lasts, and no part of the process ends.
"""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from pingshan_events.e_license import LicenseIssued
from pingshan_kit.audit_log import Sealer
from pingshan_kit.errors import Unavailable
from pingshan_kit.events.bus import Bus, Consumer
from pingshan_kit.events.relay import Relay
from pingshan_kit.jobs import Job, JobHandler, enqueue
from pingshan_kit.jobs.runner import JobRunner
from pingshan_kit.readiness import Readiness
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import job
from sqlalchemy import func, select

from tests.support.kit.service import SEND, Alerts, ELicense, Message, effects, eventually, issue, note, running
from tests.support.platform import TestPlatform


@pytest.fixture
async def admin_sql(platform: TestPlatform) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(platform.templates.server.url())
    yield connection
    await connection.close()


async def only_reads(admin: asyncpg.Connection, name: str) -> None:
    """As after a failover: the sessions that the process has now stay with what only reads."""
    await admin.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)


async def writes(admin: asyncpg.Connection, name: str) -> None:
    """For new sessions alone: whoever keeps an old one is never at the server that writes."""
    await admin.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')


async def test_acts_are_refused_and_everything_goes_on_afterwards(
    admin_sql: asyncpg.Connection,
    settings: ELicense,
    database: Database,
    alerts_settings: Alerts,
    alerts_database: Database,
) -> None:
    async def send(_: Job[Message]) -> None:
        await asyncio.sleep(0)

    name = alerts_settings.database_url.rpartition("/")[2]
    bus = Bus(alerts_settings, alerts_database, [Consumer("notify-license-issued", LicenseIssued, note)], [])
    jobs = JobRunner(alerts_database, [JobHandler(SEND, send)], [])
    relay, readiness = Relay(alerts_settings, alerts_database), Readiness("alerts", alerts_database)
    async with running(Relay(settings, database), relay, bus, jobs, Sealer(alerts_database)):
        await issue(database, 1)
        await eventually(lambda: effects(alerts_database), 1)
        await only_reads(admin_sql, name)
        try:
            with pytest.raises(Unavailable):
                await order(alerts_database, "before")
            await issue(database, 5, first=2)
            await asyncio.sleep(3)
            ready, facts = await readiness.report()
            assert (ready, facts["status"]) == (True, "degraded")
            assert "PostgreSQL only reads" in facts["state"]["en"]
            assert "不能写入" in facts["state"]["zh"]
        finally:
            await writes(admin_sql, name)
        await eventually(lambda: effects(alerts_database), 6)
        await order(alerts_database, "after")
        await eventually(lambda: done(alerts_database), 1)
        await eventually(lambda: state(readiness), "ok")


async def state(readiness: Readiness) -> str:
    return str((await readiness.report())[1]["state"]["en"])


async def order(database: Database, key: str) -> None:
    async with database.begin() as tx:
        await enqueue(tx, SEND, key, Message())


async def done(database: Database) -> int:
    async with database.read() as tx:
        found = select(func.count()).select_from(job).where(job.c.state == "done", job.c.key == "after")
        return (await tx.execute(found)).scalar_one()
