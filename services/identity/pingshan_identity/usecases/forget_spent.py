"""Delete what has served its time: old codes, expired client assertions, forgotten throttles."""

from datetime import timedelta

from pingshan_kit import clock
from pingshan_kit.database import Database

from pingshan_identity.store.clients import connection_tests
from pingshan_identity.store.oauth import grants, pushed_requests

_TESTS_KEPT = timedelta(days=30)


async def forget_spent(database: Database) -> int:
    """The number of rows deleted."""
    async with database.begin() as tx:
        now = clock.now()
        tests = await connection_tests.forget(tx, now - _TESTS_KEPT)
        return tests + await grants.forget_spent(tx, now) + await pushed_requests.forget(tx, now)
