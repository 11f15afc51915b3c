"""What changed lately, for live views: they tell it again rather than miss it."""

from datetime import datetime, timedelta

from pingshan_kit.storage.database import Database

from pingshan_alerts.domain.alert import Alert
from pingshan_alerts.store import alerts

OVERLAP = timedelta(seconds=35)
"""Longer than any transaction may last: one that began earlier may commit later."""
MOST = 500


async def read_changes(database: Database, *, since: datetime) -> list[Alert]:
    """Alerts changed after `since`, and a little before it; in the order of their change."""
    async with database.read() as tx:
        return await alerts.changed_since(tx, since - OVERLAP, MOST)
