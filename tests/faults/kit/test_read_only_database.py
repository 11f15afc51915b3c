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
from pingshan_tools import secret_files
from pingshan_tools.embedded import postgres
from sqlalchemy import func, select

from tests.support.kit.service import SEND, Alerts, ELicense, Message, effects, eventually, issue, note, running
from tests.support.platform import TestPlatform
from tests.support.servers import Running, free_port


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


async def test_readiness_says_so_before_anybody_has_tried_to_write(
    admin_sql: asyncpg.Connection, alerts_settings: Alerts, alerts_database: Database
) -> None:
    name = alerts_settings.database_url.rpartition("/")[2]
    readiness = Readiness("alerts", alerts_database)
    await eventually(lambda: state(readiness), "ok")
    await only_reads(admin_sql, name)
    try:
        await eventually(lambda: state(readiness), "degraded: PostgreSQL only reads and writes nothing")
    finally:
        await writes(admin_sql, name)
    await eventually(lambda: state(readiness), "ok")


async def test_a_standby_is_told_from_a_server_that_writes(platform: TestPlatform, alerts_settings: Alerts) -> None:
    server = postgres.Postgres(platform.folder / "standby", free_port(), "secret")
    postgres.prepare(server)
    process = Running(postgres.program(server), platform.folder).start()
    password = secret_files.read(platform.addresses.secrets, "alerts", "database_password")
    owner = secret_files.read(platform.addresses.secrets, "alerts", "owner_database_password")
    await postgres.make_roles(server.url(), "alerts", owner_password=owner, runtime_password=password)
    await postgres.make_database(server.url(), "alerts", of="alerts")
    urls = {"database_url": f"postgresql+asyncpg://alerts_runtime@127.0.0.1:{server.port}/alerts"}
    database = Database.from_settings(alerts_settings.model_copy(update=urls))
    try:
        assert await database.only_reads() is False
        await asyncio.to_thread(process.stop)
        (server.cluster / "standby.signal").touch()
        await asyncio.to_thread(process.start)
        assert await database.only_reads() is True
    finally:
        await database.close()
        await asyncio.to_thread(process.stop)


async def state(readiness: Readiness) -> str:
    return str((await readiness.report())[1]["state"]["en"])


async def order(database: Database, key: str) -> None:
    async with database.begin() as tx:
        await enqueue(tx, SEND, key, Message())


async def done(database: Database) -> int:
    async with database.read() as tx:
        found = select(func.count()).select_from(job).where(job.c.state == "done", job.c.key == "after")
        return (await tx.execute(found)).scalar_one()
