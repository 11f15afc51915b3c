"""Records what the carrier says became of an SMS."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_kit.clock import now

from pingshan_alerts.domain.notification import NotificationState
from pingshan_alerts.store import notifications
from pingshan_alerts.usecases.delivery.settle import settle_delivery
from pingshan_alerts.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class RecordReceipt:
    notification_id: UUID
    delivered: bool
    code: str
    """The carrier's code where the SMS was not delivered; its first 64 characters are kept."""


async def record_receipt(deps: Dependencies, command: RecordReceipt) -> bool:
    """Records the state. Returns False, changing nothing, for a second receipt or an unknown SMS."""
    state = NotificationState.DELIVERED if command.delivered else NotificationState.FAILED
    code = "" if command.delivered else command.code[:64]
    async with deps.database.begin() as tx:
        progress = await notifications.receive(tx, command.notification_id, state, code, now())
        if progress and progress.delivery_id:
            await settle_delivery(tx, progress.delivery_id)
    return progress is not None
