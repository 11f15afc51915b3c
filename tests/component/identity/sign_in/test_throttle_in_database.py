"""The database computes the same waits as the domain's rule, in one statement."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest
from pingshan_identity.domain.sign_in.throttle import FORGOTTEN_AFTER, FREE_ATTEMPTS, delay_after
from pingshan_identity.settings import Settings
from pingshan_identity.store.sign_in import throttles
from pingshan_kit import clock
from pingshan_kit.storage.database import Database

from tests.support.platform import BoundService


@pytest.fixture(scope="module")
async def database(platform_settings: Callable[..., BoundService]) -> AsyncIterator[Database]:
    database = Database.from_settings(platform_settings("identity").settings(Settings))
    yield database
    await database.close()


async def test_waits_are_those_of_the_rule(database: Database) -> None:
    now = clock.now()
    for attempt in range(1, 18):
        wait = delay_after(attempt)
        async with database.begin() as tx:
            assert await throttles.admit(tx, b"account", now) is None
            if wait:
                assert await throttles.admit(tx, b"account", now) == now + wait
        now += wait


async def test_an_old_count_is_forgotten(database: Database) -> None:
    now = clock.now()
    async with database.begin() as tx:
        for _ in range(FREE_ATTEMPTS):
            assert await throttles.admit(tx, b"old", now) is None
        assert await throttles.admit(tx, b"old", now) is not None
        later = now + FORGOTTEN_AFTER + timedelta(seconds=1)
        assert await throttles.admit(tx, b"old", later) is None
        assert await throttles.admit(tx, b"old", later) is None


async def test_the_right_password_clears_the_count(database: Database) -> None:
    now = clock.now()
    async with database.begin() as tx:
        for _ in range(3 * FREE_ATTEMPTS):
            assert await throttles.admit(tx, b"right", now) is None
            await throttles.forget(tx, b"right")
