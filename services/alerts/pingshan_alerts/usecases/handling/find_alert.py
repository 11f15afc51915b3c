"""One alert as it is now, for the live views of this process."""

from pingshan_kit.storage.database import Database

from pingshan_alerts.domain.alert import Alert
from pingshan_alerts.store import alerts


async def find_alert(database: Database, *, alert_id: str) -> Alert | None:
    async with database.read() as tx:
        return await alerts.find(tx, alert_id)
