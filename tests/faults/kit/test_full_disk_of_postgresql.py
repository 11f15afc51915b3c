"""PostgreSQL whose disk is full: acts are refused, its supervisor brings it back once there is room, nothing
acknowledged is lost.

The disk is a small file system in memory, which only root may mount.
"""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from pingshan_kit.errors import Unavailable
from pingshan_kit.events.relay import Relay
from pingshan_kit.jobs.runner import JobRunner
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.migrate import migrate
from pingshan_kit.storage.tables import command
from pingshan_tools import secret_files
from pingshan_tools.embedded import postgres
from pingshan_tools.fork_server import ForkServer
from pingshan_tools.launcher.places import Places
from pingshan_tools.launcher.plan import Part
from pingshan_tools.launcher.state import PartState, State
from pingshan_tools.launcher.supervisor import Keeper, Show
from sqlalchemy import func, select

from tests.support.kit.service import Alerts, eventually, kit_store, running
from tests.support.platform import TestPlatform
from tests.support.servers import free_port

SMALL = "420m"


@pytest.fixture
def small_disk(run_folder: Path) -> Iterator[Path]:
    folder = run_folder / "small-disk"
    folder.mkdir(mode=0o711)
    mounted = ["mount", "-t", "tmpfs", "-o", f"size={SMALL},mode=0711", "none", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mounted, capture_output=True, check=False).returncode != 0:
        pytest.skip("nobody may mount a file system here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False)


@asynccontextmanager
async def kept(server: postgres.Postgres, folder: Path) -> AsyncIterator[Keeper]:
    """The supervisor of that server alone."""
    places = Places(folder)
    places.make()
    part = Part(postgres.program(server), 0, prepare=lambda _tell: asyncio.to_thread(postgres.prepare, server))
    shown = PartState()
    show = Show(State(supervisor=os.getpid(), base=0, parts={part.name: shown}), places)
    forks = ForkServer(places.log("fork-server"))
    keeper = Keeper(part, places, shown, show, forks)
    task = asyncio.create_task(keeper.keep({}))
    try:
        await asyncio.wait_for(keeper.ready.wait(), 120)
        yield keeper
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        if shown.pid:
            with suppress(ProcessLookupError):
                os.kill(shown.pid, 9)
        forks.close()


async def act(database: Database) -> None:
    async with database.begin() as tx:
        request = uuid4()
        response = {"text": os.urandom(8_000).hex()}
        await tx.execute(command.insert().values(caller="act", request_id=request, request_hash=b"", response=response))


async def acts(database: Database) -> int:
    async with database.read() as tx:
        return (await tx.execute(select(func.count()).select_from(command))).scalar_one()


async def test_a_full_disk_loses_nothing_and_the_supervisor_brings_postgresql_back(
    platform: TestPlatform, small_disk: Path, secrets_folder: Path, alerts_settings: Alerts
) -> None:
    server = postgres.Postgres(small_disk / "postgres", free_port(), "secret")
    async with kept(server, small_disk / "data") as keeper:
        password = secret_files.read(secrets_folder, "alerts", "database_password")
        owner = secret_files.read(secrets_folder, "alerts", "owner_database_password")
        await postgres.make_roles(server.url(), "alerts", owner_password=owner, runtime_password=password)
        await postgres.make_database(server.url(), "alerts", of="alerts")
        mine = alerts_settings.model_copy(
            update={
                "database_url": f"postgresql+asyncpg://alerts_runtime@127.0.0.1:{server.port}/alerts",
                "owner_database_url": f"postgresql+asyncpg://alerts_owner@127.0.0.1:{server.port}/alerts",
            }
        )
        await migrate(mine, kit_store(platform.folder / "versions"))
        database = Database.from_settings(mine)
        acknowledged = 0
        async with running(Relay(mine, database), JobRunner(database, [], [])):
            for _ in range(10):
                await act(database)
                acknowledged += 1
            ballast = small_disk / "ballast"
            with ballast.open("wb", buffering=0) as file, suppress(OSError):
                while True:
                    file.write(b"x" * 100_000)
            refused = 0
            while refused < 5:
                try:
                    await act(database)
                    acknowledged += 1
                except Unavailable:
                    refused += 1
            assert refused
            assert keeper.shown.restarts == 0, "tables are full, and the log of PostgreSQL has room yet"
            await write_log_until_it_ends(server)
            await eventually(lambda: failures(keeper), True, seconds=60)
            await asyncio.sleep(3)
            ballast.unlink()
            await eventually(lambda: as_it_is(database), acknowledged, seconds=60)
            await act(database)
        await database.close()


async def write_log_until_it_ends(server: postgres.Postgres) -> None:
    """PostgreSQL that cannot write its log ends by itself, and cannot start while there is no room."""
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await write_log(server, megabytes=1_000)


async def write_log(server: postgres.Postgres, *, megabytes: int) -> None:
    connection = await asyncpg.connect(server.url())
    for _ in range(megabytes):
        await connection.execute("SELECT pg_logical_emit_message(true, 'x', repeat('x', 1000000))")


async def failures(keeper: Keeper) -> bool:
    return keeper.shown.failures > 1


async def as_it_is(database: Database) -> int:
    try:
        return await acts(database)
    except Unavailable:
        return -1
