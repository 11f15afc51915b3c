"""One alert and everything that happened to it."""

from dataclasses import dataclass

from pingshan_kit.errors import Forbidden
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_alerts.domain.access import may_read
from pingshan_alerts.domain.alert import Acknowledgement, Alert, Awaited, Delivery, Entry
from pingshan_alerts.domain.errors import AlertNotFound
from pingshan_alerts.store import alerts, deliveries, entries

_MOST_ENTRIES = 1_000


@dataclass(frozen=True, slots=True)
class AlertHistory:
    """An alert with all that belongs to it."""

    alert: Alert
    awaited: list[Awaited]
    deliveries: list[Delivery]
    acknowledgements: list[Acknowledgement]
    entries: list[Entry]

    @property
    def told(self) -> list[str]:
        return list(dict.fromkeys(delivery.organisation for delivery in self.deliveries))


async def get_alert(actor: Actor, database: Database, *, alert_id: str) -> AlertHistory:
    """Raises Forbidden, AlertNotFound."""
    if not may_read(actor):
        raise Forbidden
    async with database.read() as tx:
        alert = await alerts.find(tx, alert_id)
        if alert is None:
            raise AlertNotFound(alert_id=alert_id[:40])
        return AlertHistory(
            alert=alert,
            awaited=await deliveries.audience_of(tx, alert_id),
            deliveries=await deliveries.of_alert(tx, alert_id),
            acknowledgements=(await deliveries.acknowledgements(tx, [alert_id]))[alert_id],
            entries=await entries.of_alert(tx, alert_id, _MOST_ENTRIES),
        )
