"""Live alerts by level, for the wall."""

from pingshan_kit.storage.database import Database
from pingshan_values.level import Level

from pingshan_alerts.store import alerts


async def count_alerts(database: Database) -> dict[Level, int]:
    async with database.read() as tx:
        return await alerts.counts(tx)
