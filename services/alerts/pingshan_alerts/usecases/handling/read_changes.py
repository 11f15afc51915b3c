"""Reads which alerts changed lately, for live views, which rather show one twice than miss it."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from pingshan_alerts.domain.alert import Alert
from pingshan_alerts.store import alerts
from pingshan_alerts.usecases.dependencies import Dependencies

OVERLAP = timedelta(seconds=35)
"""Longer than any transaction may last, as one that began earlier may commit later."""
MOST_AT_ONCE = 500


async def read_changes(deps: Dependencies, *, since: datetime) -> AsyncIterator[list[Alert]]:
    """Yields all alerts changed since 35 seconds before `since`, the earliest change first, up to 500 at once."""
    after = (since - OVERLAP, "")
    while True:
        async with deps.database.read() as tx:
            found = await alerts.changed_after(tx, after, MOST_AT_ONCE)
        yield found
        if len(found) < MOST_AT_ONCE:
            return
        after = (found[-1].updated_at, found[-1].alert_id)
