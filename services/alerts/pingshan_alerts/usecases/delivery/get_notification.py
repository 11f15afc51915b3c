"""Tells the service that sent an SMS how far it got."""

from uuid import UUID

from pingshan_values.actor import Actor

from pingshan_alerts.domain.access import sender
from pingshan_alerts.domain.errors import NotificationNotFound
from pingshan_alerts.domain.notification import Progress
from pingshan_alerts.store import notifications
from pingshan_alerts.usecases.dependencies import Dependencies


async def get_notification(deps: Dependencies, actor: Actor, *, notification_id: UUID) -> Progress:
    """Returns how far the SMS got. Raises NotAllowed, and NotificationNotFound also for another service's SMS."""
    caller = sender(actor)
    async with deps.database.read() as tx:
        progress = await notifications.find(tx, notification_id)
    if progress is None or progress.caller != caller:
        raise NotificationNotFound(notification_id=notification_id)
    return progress
