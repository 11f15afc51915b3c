"""Reads one alert and everything that happened to it."""

from dataclasses import dataclass

from pingshan_values.actor import Actor

from pingshan_alerts.domain.access import check_may_read
from pingshan_alerts.domain.alert import Acknowledgement, Alert, Delivery, Entry
from pingshan_alerts.domain.errors import AlertNotFound
from pingshan_alerts.domain.routing import Awaited
from pingshan_alerts.store import alerts, deliveries, entries
from pingshan_alerts.usecases.dependencies import Dependencies

_MOST_ENTRIES = 1_000


@dataclass(frozen=True, slots=True)
class AlertHistory:
    """Holds an alert with its groups, deliveries, acknowledgements and entries."""

    alert: Alert
    awaited: list[Awaited]
    deliveries: list[Delivery]
    acknowledgements: list[Acknowledgement]
    entries: list[Entry]

    @property
    def notified(self) -> list[str]:
        """Returns the codes of the organisations that were notified, in the order of their first deliveries."""
        return list(dict.fromkeys(delivery.organisation for delivery in self.deliveries))


async def get_alert(deps: Dependencies, actor: Actor, *, alert_id: str) -> AlertHistory:
    """Returns the alert with its history: at most its first 1,000 entries. Raises NotAllowed, AlertNotFound."""
    check_may_read(actor)
    async with deps.database.read() as tx:
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
