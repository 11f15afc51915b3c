"""Counts live alerts by level, for the wall."""

from pingshan_values.level import Level

from pingshan_alerts.store import alerts
from pingshan_alerts.usecases.dependencies import Dependencies


async def count_alerts(deps: Dependencies) -> dict[Level, int]:
    """Returns the number of live alerts for each level, 0 included."""
    async with deps.database.read() as tx:
        return await alerts.counts(tx)
