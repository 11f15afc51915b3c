"""The database lists as open what the rule calls open."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from pingshan_identity.domain.dual_control.change_request import LIFE, ChangeKind, Decision
from pingshan_identity.settings import Settings
from pingshan_identity.store.dual_control import change_requests
from pingshan_identity.store.tables import person
from pingshan_kit import clock
from pingshan_kit.ids import uuid7
from pingshan_kit.storage.database import Database
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.platform import BoundService


@pytest.fixture(scope="module")
async def database(platform_settings: Callable[..., BoundService]) -> AsyncIterator[Database]:
    database = Database.from_settings(platform_settings("identity", seeded=True).settings(Settings))
    yield database
    await database.close()


async def proposed(tx: AsyncConnection, by: str, now: datetime) -> UUID:
    change_id = uuid7()
    await change_requests.add(
        tx,
        change_id=change_id,
        kind=ChangeKind.ROTATE_KEYS,
        subject="keys",
        details={},
        reason="演练",
        requested_by=by,
        now=now,
        expires_at=now + LIFE,
    )
    return change_id


async def test_open_changes_are_those_of_the_rule(database: Database) -> None:
    requested, moment = clock.now(), timedelta(microseconds=1)
    async with database.begin() as tx:
        by = str((await tx.execute(select(person.c.person_id).limit(1))).scalar_one())
        waiting, decided = await proposed(tx, by, requested), await proposed(tx, by, requested)
        await change_requests.decide(tx, decided, by=by, decision=Decision.REFUSED, reason="", now=requested)
        known = [await change_requests.get(tx, each) for each in (waiting, decided)]
        for now in (requested, requested + LIFE - moment, requested + LIFE, requested + LIFE + moment):
            listed = await change_requests.page(tx, open_only=True, now=now, before=requested + moment, limit=9)
            by_rule = [each for each in known if each is not None and each.is_open(now)]
            assert {each.change_id for each in listed} == {each.change_id for each in by_rule}
