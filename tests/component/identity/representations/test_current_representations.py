"""The database counts the same representations as the rule: on which days, and in which systems."""

from collections.abc import AsyncIterator, Callable
from datetime import date, timedelta
from uuid import UUID

import pytest
from pingshan_identity.domain.representations.representation import Representation, RepresentationKind
from pingshan_identity.settings import Settings
from pingshan_identity.store.representations import representations
from pingshan_identity.store.tables import person, representation
from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from sqlalchemy import select, text

from tests.support.platform import BoundService

TODAY, DAY = date(2026, 11, 29), timedelta(days=1)
COMPANY = Representation(
    "-", "-", "91440310TEXT10002X", "坪山示例", RepresentationKind.LEGAL_REPRESENTATIVE, (), TODAY, None, ended=False
)


@pytest.fixture(scope="module")
def settings(platform_settings: Callable[..., BoundService]) -> Settings:
    return platform_settings("identity", seeded=True).settings(Settings)


@pytest.fixture(scope="module")
async def database(settings: Settings) -> AsyncIterator[Database]:
    database = Database.from_settings(settings)
    yield database
    await database.close()


async def test_representations_count_as_the_rule_says(settings: Settings, database: Database) -> None:
    personal = PersonalData.from_settings(settings)
    async with database.begin() as tx:
        who = str(
            (await tx.execute(select(person.c.person_id).where(person.c.realm == "public").limit(1))).scalar_one()
        )
        for number, scope in enumerate(((), ("workflow",), ("e-license", "workflow"))):
            since = TODAY - number * DAY
            made = await representations.appoint(
                tx, personal, COMPANY, person_id=who, scope=scope, since=since, until=TODAY + 2 * DAY
            )
            assert made is not None
        ended = await representations.appoint(
            tx, personal, COMPANY, person_id=who, scope=(), since=TODAY - 9 * DAY, until=TODAY + 9 * DAY
        )
        assert ended is not None
        await representations.end(tx, ended, clock.now())
        ids = (await tx.execute(select(representation.c.representation_id))).scalars().all()
        known = [found for each in ids if (found := await representations.get(tx, personal, each)) is not None]
        for today in (TODAY + number * DAY for number in range(-10, 11)):
            for system in (None, "workflow", "e-license", "wifi-portal"):
                query = select(representation.c.representation_id).where(representations.counts(today, system))
                by_rule = {
                    UUID(each.representation_id)
                    for each in known
                    if each.is_current(today) and (system is None or each.covers(system))
                }
                assert set((await tx.execute(query)).scalars()) == by_rule, (today, system)


async def test_the_job_finds_expired_ones_without_reading_the_others(database: Database) -> None:
    query = select(representation).where(representation.c.ended_at.is_(None), representation.c.until < TODAY)
    written = str(query.order_by(representation.c.until).compile(compile_kwargs={"literal_binds": True}))
    async with database.read() as tx:
        await tx.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join((await tx.execute(text(f"EXPLAIN {written}"))).scalars())
    assert "ix_representation_until" in plan
