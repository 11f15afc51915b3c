"""Delete what has served its time: old codes, expired client assertions, forgotten throttles."""

from pingshan_kit import clock
from pingshan_kit.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.store import grants, pushed_requests


async def forget_spent(actor: Actor, database: Database) -> int:
    """The number of rows deleted."""
    del actor  # a periodic job
    async with database.begin() as tx:
        now = clock.now()
        return await grants.forget_spent(tx, now) + await pushed_requests.forget(tx, now)
