"""Tables change under a running service: nobody gets a 500, a read by one statement nothing at all to notice."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import asyncpg
import pytest
from pingshan_kit.away import is_away
from pingshan_kit.errors import Unavailable
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.lane import Grouped, Joined, Lane, Member
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.platform import TestPlatform

FIND = """
SELECT k.n, changing.value FROM unnest($1::int[]) WITH ORDINALITY AS k (id, n)
JOIN changing ON changing.id = k.id
"""
Road = Callable[[], Awaitable[str]]


@pytest.fixture
async def owner(platform: TestPlatform) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(platform.database_admin_url("e-license"))
    await connection.execute("DROP TABLE IF EXISTS changing; CREATE TABLE changing (id INTEGER, value INTEGER)")
    await connection.execute("INSERT INTO changing VALUES (1, 7); GRANT ALL ON changing TO PUBLIC")
    yield connection
    await connection.execute("DROP TABLE changing")
    await connection.close()


@pytest.fixture
async def lane(database: Database) -> AsyncIterator[Lane]:
    own = Lane(database)
    yield own
    await own.close()


async def alter(owner: asyncpg.Connection) -> None:
    """Changes the type of the column, of which every kept plan says that it is the other one."""
    kind = await owner.fetchval(
        "SELECT data_type FROM information_schema.columns WHERE table_name = 'changing' AND column_name = 'value'"
    )
    other = "TEXT" if kind == "integer" else "INTEGER USING value::int"
    await owner.execute(f"ALTER TABLE changing ALTER COLUMN value TYPE {other}")


async def unused(_: object) -> list[str]:
    raise AssertionError


def roads(database: Database, lane: Lane, of: str) -> dict[str, Road]:
    """With statements of its own: connections keep what an earlier test has prepared."""
    one, other = text(f"SELECT id, value AS {of} FROM changing"), text(f"SELECT value AS {of}, id FROM changing")
    joined = Joined[tuple[int], str](lane, FIND, row=lambda row: str(row["value"]), otherwise=unused)

    async def together(tx: AsyncConnection, members: Sequence[Member[int]]) -> Sequence[str]:
        return [str((await tx.execute(one)).one()[1]) for _ in members]

    grouped = Grouped[int, str](lane, together, name="changing", otherwise=unused)  # type: ignore[arg-type]

    async def act() -> str:
        async with database.begin() as tx:
            return str((await tx.execute(one)).one()[1])

    async def read_one() -> str:
        async with database.read() as tx:
            return str((await tx.execute(one)).one()[1])

    async def read_two() -> str:
        async with database.read() as tx:
            await tx.execute(one)
            return str((await tx.execute(other)).one()[0])

    async def read_joined() -> str:
        return (await joined((1,)))[0]

    async def act_grouped() -> str:
        return await grouped(1)

    return {"act": act, "read-one": read_one, "read-two": read_two, "joined": read_joined, "grouped": act_grouped}


@pytest.mark.parametrize("name", ["act", "read-one", "read-two", "joined", "grouped"])
async def test_a_plan_that_no_longer_fits_is_made_anew(
    database: Database, lane: Lane, owner: asyncpg.Connection, name: str
) -> None:
    road = roads(database, lane, name.replace("-", "_"))[name]
    for _ in range(3):
        assert await road() == "7"
    await asyncio.gather(*(road() for _ in range(8)))
    for _ in range(3):
        await alter(owner)
        answers = await asyncio.gather(*(road() for _ in range(8)), return_exceptions=True)
        strange = [each for each in answers if each != "7" and not (isinstance(each, Unavailable) and is_away(each))]
        assert strange == []
        if name in {"read-one", "joined"}:
            assert answers == ["7"] * 8
        assert [await road() for _ in range(12)] == ["7"] * 12, "once for a connection, and never again"
