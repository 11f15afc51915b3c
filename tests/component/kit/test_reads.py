"""A read of one statement needs no transaction; of several, all see one snapshot."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from pingshan_kit.errors import Unavailable
from pingshan_kit.storage.batches import in_batches
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import command, outbox
from sqlalchemy import delete, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.kit.service import ELicense

COUNT = select(func.count()).select_from(command)
LEVEL = text("SELECT current_setting('transaction_isolation')")


@pytest.fixture
async def database(settings: ELicense, database: Database) -> AsyncIterator[Database]:
    """A process that has read nowhere yet."""
    own = Database.from_settings(settings)
    yield own
    await own.close()


async def add(database: Database) -> None:
    async with database.begin() as tx:
        await tx.execute(command.insert().values(caller="c", request_id=uuid4(), request_hash=b""))


async def test_a_place_that_reads_by_one_statement_needs_no_transaction(database: Database) -> None:
    seen = []
    for _ in range(3):
        async with database.read() as tx:
            seen.append((await tx.execute(LEVEL)).scalar_one())
    assert seen == ["repeatable read", "read committed", "read committed"]


async def test_statements_of_a_read_see_one_snapshot(database: Database) -> None:
    for _ in range(3):
        async with database.read() as tx:
            before = (await tx.execute(COUNT)).scalar_one()
            await add(database)
            assert (await tx.execute(COUNT)).scalar_one() == before


async def two_or_one(database: Database, *, two: bool, between: bool = False) -> list[int]:
    """One place whose second statement comes only sometimes."""
    async with database.read() as tx:
        counts = [await counted(tx)]
        if between:
            await add(database)
        if two:
            counts.append(await counted(tx))
    return counts


async def counted(tx: AsyncConnection) -> int:
    return int((await tx.execute(COUNT)).scalar_one())


async def test_a_second_statement_that_was_not_expected_sees_what_the_first_saw(database: Database) -> None:
    for _ in range(2):
        assert await two_or_one(database, two=False) == [0]
    assert await two_or_one(database, two=True) == [0, 0]
    assert await two_or_one(database, two=True, between=True) == [0, 0], "the place has its transaction since"


async def test_a_second_statement_that_was_not_expected_is_refused_where_rows_changed(database: Database) -> None:
    for _ in range(2):
        await two_or_one(database, two=False)
    with pytest.raises(Unavailable):
        await two_or_one(database, two=True, between=True)
    assert await two_or_one(database, two=True, between=True) == [1, 1]


@pytest.mark.parametrize("times", [1, 2])
async def test_no_read_can_write(database: Database, times: int) -> None:
    for _ in range(times):
        with pytest.raises(DBAPIError, match="read-only"):
            async with database.read() as tx:
                await tx.execute(delete(outbox))
    async with database.begin() as tx:
        await tx.execute(delete(outbox))


async def test_many_rows_are_read_in_batches(database: Database) -> None:
    await add(database)
    for _ in range(2):
        async with database.read() as tx:
            parts = [part async for part in in_batches(tx, select(command))]
            await add(database)
            assert await counted(tx) == len(parts[0])


async def test_a_place_is_used_by_many_at_once(database: Database) -> None:
    found = await asyncio.gather(*(two_or_one(database, two=number % 3 == 0) for number in range(60)))
    assert {count for counts in found for count in counts} == {0}


async def test_columns_are_found_by_name_and_by_column(database: Database) -> None:
    await add(database)
    for _ in range(2):
        async with database.read() as tx:
            row = (await tx.execute(select(command))).one()
        assert (row.caller, row._mapping[command.c.caller]) == ("c", "c")  # noqa: SLF001 - public, whatever its name


async def test_a_read_that_failed_leaves_its_connection_usable(database: Database) -> None:
    async def fail() -> None:
        async with database.read() as tx:
            await counted(tx)
            raise ZeroDivisionError

    for _ in range(30):
        with pytest.raises(ZeroDivisionError):
            await fail()
    assert await two_or_one(database, two=True) == [0, 0]
