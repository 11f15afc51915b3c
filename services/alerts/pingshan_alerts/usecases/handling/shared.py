"""Locks the alert that is to be acknowledged or resolved."""

from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_alerts.domain.alert import Alert
from pingshan_alerts.domain.errors import AlertNotFound
from pingshan_alerts.store import alerts, deliveries


async def lock_answerable(tx: AsyncConnection, alert_id: str, organisation: str) -> Alert:
    """Returns the alert with its row locked. Raises AlertNotFound, NotARecipient, AlreadyResolved."""
    alert = await alerts.find(tx, alert_id, lock=True)
    if alert is None:
        raise AlertNotFound(alert_id=alert_id)
    alert.check_answerable(organisation, await deliveries.notified(tx, alert_id))
    return alert
