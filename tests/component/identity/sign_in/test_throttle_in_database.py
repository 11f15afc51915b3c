"""The database keeps the same count as the domain's rule, in one statement: compared on many histories."""

import random
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

import pytest
from pingshan_identity.domain.sign_in.throttle import FORGOTTEN_AFTER, LONGEST, Throttle, after_attempt
from pingshan_identity.settings import Settings
from pingshan_identity.store.sign_in import throttles
from pingshan_identity.store.tables import sign_in_throttle
from pingshan_kit import clock
from pingshan_kit.storage.database import Database
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.platform import BoundService

HISTORIES, STEPS = 40, 60
SUCCESS_EVERY = 25
MICROSECOND = timedelta(microseconds=1)


@pytest.fixture(scope="module")
async def database(platform_settings: Callable[..., BoundService]) -> AsyncIterator[Database]:
    database = Database.from_settings(platform_settings("identity").settings(Settings))
    yield database
    await database.close()


@pytest.mark.parametrize("seed", range(HISTORIES))
async def test_histories_are_those_of_the_rule(database: Database, seed: int) -> None:
    """Attempts at, around and far from the moments that decide; now and then the right password is given."""
    chance, key = random.Random(seed), f"history {seed}".encode()
    now, expected = clock.now(), None
    async with database.begin() as tx:
        for _ in range(STEPS):
            now = next_moment(chance, expected, now)
            if chance.randrange(SUCCESS_EVERY) == 0:
                await throttles.forget(tx, key)
                expected = None
            refused_until = await throttles.admit(tx, key, now)
            assert refused_until == (None if expected is None or expected.admits(now) else expected.blocked_until)
            expected = after_attempt(expected, now)
            assert await kept(tx, key) == expected


def next_moment(chance: random.Random, throttle: Throttle | None, now: datetime) -> datetime:
    """Mostly as soon as one may, so that counts grow."""
    if throttle is None:
        return now + chance.random() * LONGEST
    may, forgotten = throttle.blocked_until, throttle.attempted_at + FORGOTTEN_AFTER
    moments = [may] * 8 + [now, may - MICROSECOND, may + MICROSECOND, may + chance.random() * LONGEST]
    if chance.randrange(10) == 0:
        moments = [forgotten - MICROSECOND, forgotten, forgotten + MICROSECOND]
    return max(now, chance.choice(moments))


async def kept(tx: AsyncConnection, key: bytes) -> Throttle | None:
    row = (await tx.execute(select(sign_in_throttle).where(sign_in_throttle.c.key == key))).one_or_none()
    return None if row is None else Throttle(row.attempts, row.blocked_until, row.attempted_at)
