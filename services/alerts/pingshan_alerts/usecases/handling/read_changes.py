"""What changed lately, for live views: they show it again rather than miss it."""

from datetime import datetime, timedelta

from pingshan_alerts.domain.alert import Alert
from pingshan_alerts.store import alerts
from pingshan_alerts.usecases.dependencies import Dependencies

OVERLAP = timedelta(seconds=35)
"""Longer than any transaction may last: one that began earlier may commit later."""
MOST = 500


async def read_changes(deps: Dependencies, *, since: datetime) -> list[Alert]:
    """Returns alerts changed after `since`, and a little before it, in the order of their change."""
    async with deps.database.read() as tx:
        return await alerts.changed_since(tx, since - OVERLAP, MOST)
