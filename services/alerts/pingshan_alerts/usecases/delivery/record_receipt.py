"""The carrier says what became of an SMS."""

from uuid import UUID

from pingshan_kit.clock import now
from pingshan_kit.storage.database import Database

from pingshan_alerts.domain.notification import NotificationState
from pingshan_alerts.store import notifications
from pingshan_alerts.usecases.delivery.shared import settle_delivery


async def record_receipt(database: Database, *, notification_id: UUID, delivered: bool, code: str) -> bool:
    """False where it changes nothing: a second receipt, or for a message that is not ours."""
    state = NotificationState.DELIVERED if delivered else NotificationState.FAILED
    async with database.begin() as tx:
        progress = await notifications.receive(tx, notification_id, state, "" if delivered else code[:64], now())
        if progress and progress.delivery_id:
            await settle_delivery(tx, progress.delivery_id)
    return progress is not None
