"""Pool and time-outs are settings: whoever would wait for longer is refused as unavailable, or ended."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from uuid import uuid4

import pytest
from pingshan_kit.errors import TookTooLong, Unavailable
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import command
from sqlalchemy import select, text

from tests.support.kit.service import ELicense

Limited = Callable[..., AbstractAsyncContextManager[Database]]


@pytest.fixture
def limited(settings: ELicense, database: Database) -> Limited:
    """The database under other limits, by the names of the settings without `database_`."""

    @asynccontextmanager
    async def open_limited(**limits: float) -> AsyncIterator[Database]:
        changed = settings.model_copy(update={f"database_{name}": value for name, value in limits.items()})
        own = Database.from_settings(changed)
        yield own
        await own.close()

    return open_limited


async def test_an_act_waits_for_a_connection_and_no_longer(limited: Limited) -> None:
    async with limited(pool_size=1, pool_overflow=1, pool_wait=0.2) as database, asyncio.timeout(2):
        async with database.read(), database.read():
            with pytest.raises(Unavailable):
                async with database.read():
                    raise AssertionError
        async with database.read():
            pass


async def test_a_statement_waits_for_a_lock_and_no_longer(limited: Limited, database: Database) -> None:
    async with database.begin() as tx:
        await tx.execute(command.insert().values(caller="c", request_id=uuid4(), request_hash=b""))
    async with limited(lock_timeout=0.2) as impatient, database.begin() as holder, asyncio.timeout(2):
        await holder.execute(select(command).with_for_update())
        with pytest.raises(Unavailable):
            async with impatient.begin() as tx:
                await tx.execute(command.delete())


async def test_a_statement_takes_its_time_and_no_longer(limited: Limited) -> None:
    async with limited(statement_timeout=0.2) as database, asyncio.timeout(2):
        with pytest.raises(TookTooLong):
            async with database.read() as tx:
                await tx.execute(text("SELECT pg_sleep(5)"))
        async with database.dedicated() as connection:
            await connection.execute("SELECT 1")
        with pytest.raises(Unavailable):
            async with database.dedicated() as connection:
                await connection.execute("SELECT pg_sleep(5)")


async def test_a_transaction_that_does_nothing_is_ended(limited: Limited) -> None:
    async def dawdle(database: Database) -> None:
        async with database.begin() as tx:
            await tx.execute(text("SELECT 1"))
            await asyncio.sleep(0.5)
            await tx.execute(text("SELECT 1"))

    async with limited(idle_in_transaction_timeout=0.2) as database, asyncio.timeout(5):
        with pytest.raises(Unavailable):
            await dawdle(database)
