"""Reads which alerts changed lately, for live views, which rather show one twice than miss it."""

from datetime import datetime, timedelta

from pingshan_alerts.domain.alert import Alert
from pingshan_alerts.store import alerts
from pingshan_alerts.usecases.dependencies import Dependencies

OVERLAP = timedelta(seconds=35)
"""Longer than any transaction may last, as one that began earlier may commit later."""
MOST_ALERTS = 500


async def read_changes(deps: Dependencies, *, since: datetime) -> list[Alert]:
    """Returns the first 500 alerts changed since 35 seconds before `since`, the earliest change first."""
    async with deps.database.read() as tx:
        return await alerts.changed_since(tx, since - OVERLAP, MOST_ALERTS)
