"""The database keeps the same count as the domain's rule, in one statement: compared on many histories."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

import pytest
from pingshan_identity.domain.sign_in.throttle import (
    FORGOTTEN_AFTER,
    LONGEST,
    Counted,
    Throttle,
    after_attempt,
    after_success,
    limit_of,
)
from pingshan_identity.settings import Settings
from pingshan_identity.store.sign_in import throttles
from pingshan_identity.store.sign_in.throttles import Count
from pingshan_identity.store.tables import sign_in_throttle
from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.budget import Budget
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


@pytest.fixture(scope="module")
def personal(platform_settings: Callable[..., BoundService]) -> PersonalData:
    return PersonalData.from_settings(platform_settings("identity").settings(Settings))


@pytest.mark.parametrize(
    ("counted", "seed"),
    [(Counted.BROWSER, seed) for seed in range(HISTORIES)]
    + [(counted, seed) for counted in (Counted.ACCOUNT, Counted.NETWORK) for seed in range(4)],
)
async def test_histories_are_those_of_the_rule(
    database: Database, personal: PersonalData, counted: Counted, seed: int
) -> None:
    """Attempts at, around and far from the moments that decide; now and then the right password is given."""
    chance, limit = random.Random(seed), limit_of(counted)
    count = Count(counted, f"history {counted} {seed}".encode())
    now, expected = clock.now(), None
    async with database.begin() as tx:
        for _ in range(STEPS + limit.free):
            now = next_moment(chance, expected, now)
            if chance.randrange(SUCCESS_EVERY) == 0:
                await throttles.forget(tx, [count.key])
                expected = None
            refused_until = await throttles.admit(tx, personal, [count], now)
            admitted = expected is None or expected.admits(now)
            assert refused_until == (None if admitted or expected is None else expected.blocked_until)
            expected = after_attempt(expected, now, limit)
            assert await kept(tx, count.key) == expected
            if admitted and chance.randrange(4) == 0:
                await throttles.give_back(tx, [count])
                expected = after_success(expected, limit)
                assert await kept(tx, count.key) == expected


async def test_a_refusal_by_one_count_is_counted_by_none(database: Database, personal: PersonalData) -> None:
    """Whoever waits by one count must not use up the others: an attacker could slow a whole network with one name."""
    narrow, wide = Count(Counted.BROWSER, b"narrow"), Count(Counted.NETWORK, b"wide")
    now = clock.now()
    async with database.begin() as tx:
        for _ in range(30):
            await throttles.admit(tx, personal, [wide, narrow], now)
        assert (await kept(tx, b"narrow"), await kept(tx, b"wide")) == (
            Throttle(5, now + timedelta(seconds=1), now),
            Throttle(5, now, now),
        )


@pytest.mark.parametrize("at_once", [20])
async def test_twenty_at_once_count_exactly(database: Database, personal: PersonalData, at_once: int) -> None:
    counts = [Count(Counted.ACCOUNT_ON_NETWORK, b"p"), Count(Counted.ACCOUNT, b"a"), Count(Counted.NETWORK, b"n")]
    now = clock.now()

    async def attempt() -> bool:
        async with database.begin() as tx:
            return await throttles.admit(tx, personal, counts, now) is None

    admitted = await asyncio.gather(*(attempt() for _ in range(at_once)))
    assert sum(admitted) == 5
    async with database.read() as tx:
        held = [await kept(tx, count.key) for count in counts]
    assert [each.attempts for each in held if each] == [5, 5, 5]


async def test_a_budget_is_spent_as_the_rule_says_also_at_once(database: Database, personal: PersonalData) -> None:
    budget, count, now = Budget(7, timedelta(minutes=1)), Count(Counted.SMS_NETWORK, b"budget"), clock.now()

    async def spend(at: datetime) -> datetime | None:
        async with database.begin() as tx:
            return await throttles.spend(tx, personal, count, budget, at)

    answers = await asyncio.gather(*(spend(now) for _ in range(20)))
    assert answers.count(None) == 7
    free_at: datetime | None = None
    for _ in range(7):
        free_at = budget.after(free_at, now)
    assert set(answers) == {None, free_at}
    chance = random.Random(7)
    for _ in range(200):
        now += timedelta(seconds=chance.random() * 12)
        expected = budget.after(free_at, now)
        assert await spend(now) == (None if expected else free_at)
        free_at = expected or free_at


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
