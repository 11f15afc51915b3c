"""Migrations: what they make, and that services work on while they wait, are refused, or are killed."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from itertools import count
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from pingshan_kit.storage import migrations
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.migrate import MigrationBlocked, Store, migrate
from pingshan_kit.storage.tables import command
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from tests.support.kit.service import ELicense, eventually, kit_store
from tests.support.platform import TestPlatform

_numbers = count(1)
KIT_VERSIONS = Path(str(migrations.__file__)).parent / "versions"
ADD_COLUMN = "execute_script('ALTER TABLE command ADD COLUMN colour text;')"
KILL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pingshan-e-license-migrate'"
ADD_INDEX = "create_index_concurrently('ix_command_response', 'command (response)')"


@pytest.fixture
async def superuser(platform: TestPlatform, database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(platform.database_admin_url("e-license"))
    yield connection
    await connection.close()


@pytest.fixture
async def store(superuser: asyncpg.Connection, tmp_path: Path) -> AsyncIterator[Store]:
    """A service whose history begins empty, on a database with the kit's tables."""
    yield kit_store(tmp_path)
    await superuser.execute("DELETE FROM alembic_version; DROP INDEX IF EXISTS ix_command_response")
    await superuser.execute("ALTER TABLE command DROP COLUMN IF EXISTS colour")


def add(store: Store, statement: str) -> None:
    """The next migration of the service."""
    number = next(_numbers)
    before = max((path.stem for path in store.versions.glob("*.py")), default=None)
    (store.versions / f"{number:04}.py").write_text(
        "from pingshan_kit.storage.migrations.steps import create_index_concurrently, execute_script\n"
        f"revision, down_revision = '{number:04}', {before!r}\n\n\ndef upgrade() -> None:\n    {statement}\n"
    )


async def heads(superuser: asyncpg.Connection, table: str = "kit_version") -> Sequence[str]:
    return [row["version_num"] for row in await superuser.fetch(f"SELECT version_num FROM {table}")]


async def is_valid(superuser: asyncpg.Connection, index: str) -> bool | None:
    query = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)"
    valid: bool | None = await superuser.fetchval(query, index)
    return valid


async def test_a_database_whose_service_made_the_kits_tables_is_recognised(
    settings: ELicense, store: Store, superuser: asyncpg.Connection, database: Database
) -> None:
    await superuser.execute(
        "DROP TABLE kit_version, record_head, intake;"
        "DROP INDEX ix_job_finished_at, ix_dead_letter_resolved_at, ix_job_queued;"
        "CREATE INDEX ix_job_due ON job (run_at) WHERE state = 'queued';"
        "ALTER TABLE event_log DROP COLUMN stream_created_at, DROP COLUMN stream_sequence"
    )
    await superuser.execute("INSERT INTO inbox (consumer, event_id) VALUES ('c', gen_random_uuid())")
    await migrate(settings, store)
    assert await heads(superuser) == [max(path.name[:4] for path in KIT_VERSIONS.glob("0*.py"))]
    assert await is_valid(superuser, "ix_job_finished_at")
    assert await is_valid(superuser, "ix_job_queued")
    assert await superuser.fetchval("SELECT count(*) FROM inbox") == 1
    async with database.read() as tx:
        assert (await tx.execute(text("SELECT count(*) FROM kit_version"))).scalar_one() == 1


async def test_a_migration_that_waits_for_a_table_lets_everybody_else_through(
    settings: ELicense, store: Store, superuser: asyncpg.Connection, database: Database
) -> None:
    add(store, ADD_COLUMN)
    slowest, until = 0.0, time.monotonic() + 4
    async with database.begin() as long_one:
        await long_one.execute(command.select())
        migration = asyncio.create_task(migrate(settings, store))
        while time.monotonic() < until:
            begun = time.monotonic()
            async with database.begin() as tx:
                await tx.execute(command.delete())
            slowest = max(slowest, time.monotonic() - begun)
            await asyncio.sleep(0.02)
        assert not migration.done()
    await asyncio.wait_for(migration, 20)
    assert 0.5 < slowest < 2, "nobody waits longer than the migration does"
    assert await superuser.fetchval("SELECT count(colour) FROM command") == 0


async def test_a_migration_that_waits_for_too_long_says_who_is_in_its_way(
    settings: ELicense, store: Store, superuser: asyncpg.Connection, database: Database
) -> None:
    add(store, ADD_COLUMN)
    async with database.begin() as tx:
        await tx.execute(command.select())
        pid = (await tx.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        with pytest.raises(MigrationBlocked, match=r"^MIGRATION_BLOCKED: .*等锁.* / .*waited") as refused:
            await migrate(settings, store, patience=2)
    assert refused.value.blockers == (f"pingshan-e-license (pid {pid}, e_license_runtime)",)
    await migrate(settings, store)
    assert await heads(superuser, "alembic_version")


async def test_what_was_migrated_before_the_wait_stays(
    settings: ELicense, store: Store, superuser: asyncpg.Connection, database: Database
) -> None:
    add(store, "execute_script('SELECT 1;')")
    add(store, ADD_COLUMN)
    async with database.begin() as tx:
        await tx.execute(command.select())
        with pytest.raises(MigrationBlocked):
            await migrate(settings, store, patience=1)
    [first, _] = sorted(path.stem for path in store.versions.glob("*.py"))
    assert await heads(superuser, "alembic_version") == [first]


async def test_two_replicas_migrate_one_after_the_other(
    settings: ELicense, store: Store, superuser: asyncpg.Connection
) -> None:
    add(store, ADD_INDEX)
    add(store, ADD_COLUMN)
    await asyncio.gather(*(migrate(settings, store) for _ in range(3)))
    assert await superuser.fetchval("SELECT count(colour) FROM command") == 0


@pytest.mark.parametrize("how", ["killed", "out of patience"])
async def test_an_index_that_was_broken_off_is_built_by_the_next_run(
    settings: ELicense, store: Store, superuser: asyncpg.Connection, database: Database, how: str
) -> None:
    add(store, ADD_INDEX)
    async with database.begin() as writer:
        await writer.execute(command.insert().values(caller="c", request_id=uuid4(), request_hash=b""))
        broken = asyncio.create_task(migrate(settings, store, patience=60 if how == "killed" else 2))
        await eventually(lambda: is_valid(superuser, "ix_command_response"), False)
        begun = time.monotonic()
        async with database.begin() as other:
            await other.execute(command.delete().where(command.c.caller == "nobody"))
        assert time.monotonic() - begun < 0.5, "nobody queues behind it"
        if how == "killed":
            await superuser.execute(KILL)
        with pytest.raises(SQLAlchemyError if how == "killed" else MigrationBlocked):
            await broken
    assert await is_valid(superuser, "ix_command_response") is False
    assert await heads(superuser, "alembic_version") == []
    await migrate(settings, store)
    assert await is_valid(superuser, "ix_command_response")
    assert len(await heads(superuser, "alembic_version")) == 1


async def test_a_concurrent_index_comes_first_in_a_migration_of_its_own(settings: ELicense, store: Store) -> None:
    add(store, f"{ADD_COLUMN}; {ADD_INDEX}")
    with pytest.raises(RuntimeError, match="of its own"):
        await migrate(settings, store)
