"""Reads one alert, for the live views of this process."""

from pingshan_alerts.domain.alert import Alert
from pingshan_alerts.store import alerts
from pingshan_alerts.usecases.dependencies import Dependencies


async def find_alert(deps: Dependencies, *, alert_id: str) -> Alert | None:
    """Returns the alert, or None where there is none with this id."""
    async with deps.database.read() as tx:
        return await alerts.find(tx, alert_id)
