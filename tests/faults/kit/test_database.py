"""PostgreSQL away for a while: nothing is lost, nothing is counted as a failure."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from pingshan_events.e_license import LicenseIssued
from pingshan_kit.audit_log import Sealer
from pingshan_kit.errors import Unavailable
from pingshan_kit.events.bus import Bus, Consumer
from pingshan_kit.events.relay import Relay
from pingshan_kit.jobs import Job, JobHandler, JobKind, enqueue
from pingshan_kit.jobs.runner import JobRunner
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.migrate import migrate
from pingshan_kit.storage.tables import dead_letter, job
from pingshan_tools import secret_files
from pingshan_tools.embedded import postgres
from sqlalchemy import func, select

from tests.support.kit.service import Alerts, ELicense, Message, effects, eventually, issue, kit_store, note, running
from tests.support.platform import TestPlatform
from tests.support.servers import Running, free_port, wait_for


@pytest.fixture(scope="module")
def own_server(platform: TestPlatform, secrets_folder: Path) -> Iterator[tuple[postgres.Postgres, Running]]:
    """A PostgreSQL that this module may kill."""
    server = postgres.Postgres(platform.folder / "own", free_port(), "secret")
    postgres.prepare(server)
    started = Running(postgres.program(server), platform.folder).start()
    password = secret_files.read(secrets_folder, "alerts", "database_password")
    owner = secret_files.read(secrets_folder, "alerts", "owner_database_password")
    wait_for(postgres.make_roles(server.url(), "alerts", owner_password=owner, runtime_password=password))
    wait_for(postgres.make_database(server.url(), "alerts", of="alerts"))
    yield server, started
    started.stop()


async def test_the_consumers_database_away_for_a_while(
    platform: TestPlatform,
    own_server: tuple[postgres.Postgres, Running],
    settings: ELicense,
    database: Database,
    alerts_settings: Alerts,
) -> None:
    server, process = own_server
    urls = {
        "database_url": f"postgresql+asyncpg://alerts_runtime@127.0.0.1:{server.port}/alerts",
        "owner_database_url": f"postgresql+asyncpg://alerts_owner@127.0.0.1:{server.port}/alerts",
    }
    mine = alerts_settings.model_copy(update=urls)
    await migrate(mine, kit_store(platform.folder / "versions"))
    away = Database.from_settings(mine)
    ran: list[int] = []

    once = JobKind("send", Message, attempts=1)

    async def send(task: Job[Message]) -> None:
        ran.append(task.attempt)

    bus = Bus(mine, away, [Consumer("notify-license-issued", LicenseIssued, note)], [], retry_seconds=(0.1,))
    jobs = JobRunner(away, [JobHandler(once, send)], [])
    async with running(Relay(settings, database), Relay(mine, away), bus, jobs, Sealer(away)):
        await issue(database, 10)
        await eventually(lambda: effects(away), 10)
        process.kill()
        await issue(database, 20, first=11)
        with pytest.raises(Unavailable):
            await effects(away)
        await asyncio.sleep(3)
        await asyncio.to_thread(restart, process)
        await eventually(lambda: effects(away), 30, seconds=30)
        async with away.begin() as tx:
            await enqueue(tx, once, "1", Message())
        await eventually(lambda: finished(away), 1)
    assert ran == [1]
    async with away.read() as tx:
        assert (await tx.execute(select(func.count()).select_from(dead_letter))).scalar_one() == 0
    await away.close()


async def finished(database: Database) -> int:
    async with database.read() as tx:
        return (
            await tx.execute(select(func.count()).select_from(job).where(job.c.state == "done", job.c.kind == "send"))
        ).scalar_one()


def restart(process: Running) -> None:
    """After kill -9 the first start may find the old one's lock file."""
    for _ in range(10):
        try:
            process.start()
        except Exception:  # noqa: BLE001 - tried again
            continue
        return
    raise AssertionError("PostgreSQL does not come back")
