"""The database counts the same posts as the rule, on every day around their first and last one."""

from collections.abc import AsyncIterator, Callable
from datetime import date, timedelta

import pytest
from pingshan_identity.settings import Settings
from pingshan_identity.store.people import persons, staff
from pingshan_identity.store.tables import person, person_post, post
from pingshan_kit.storage.database import Database
from sqlalchemy import select

from tests.support.platform import BoundService

TODAY, DAY = date(2026, 11, 29), timedelta(days=1)


@pytest.fixture(scope="module")
async def database(platform_settings: Callable[..., BoundService]) -> AsyncIterator[Database]:
    database = Database.from_settings(platform_settings("identity", seeded=True).settings(Settings))
    yield database
    await database.close()


async def test_posts_count_as_the_rule_says(database: Database) -> None:
    async with database.begin() as tx:
        who = (await tx.execute(select(person.c.person_id).where(person.c.realm == "staff").limit(1))).scalar_one()
        await tx.execute(person_post.delete().where(person_post.c.person_id == who))
        codes = (await tx.execute(select(post.c.code).limit(5))).scalars().all()
        ends = (TODAY - DAY, TODAY, TODAY + DAY, TODAY + 3 * DAY, None)
        for number, (code, until) in enumerate(zip(codes, ends, strict=True)):
            await staff.give_post(tx, who, code, TODAY - 2 * DAY + (number % 2) * DAY, until)
        held = await staff.holdings(tx, who)
        for day in (TODAY + number * DAY for number in range(-4, 6)):
            mine = select(person_post.c.post).where(person_post.c.person_id == who, persons.is_held(day))
            by_rule: set[str] = {each.post for each in held if each.is_held_on(day)}
            assert set((await tx.execute(mine)).scalars()) == by_rule, day
