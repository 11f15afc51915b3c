"""How far an SMS got: for the service that sent it."""

from uuid import UUID

from pingshan_kit.errors import Forbidden
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_alerts.domain.access import may_notify
from pingshan_alerts.domain.errors import NotificationNotFound
from pingshan_alerts.domain.notification import Progress
from pingshan_alerts.store import notifications


async def get_notification(actor: Actor, database: Database, *, notification_id: UUID) -> Progress:
    """Raises Forbidden, NotificationNotFound (also for another service's)."""
    if not may_notify(actor):
        raise Forbidden
    async with database.read() as tx:
        progress = await notifications.find(tx, notification_id)
    if progress is None or progress.caller != f"service:{actor.service}":
        raise NotificationNotFound(notification_id=notification_id)
    return progress
