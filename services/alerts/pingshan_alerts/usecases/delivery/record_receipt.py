"""The carrier says what became of an SMS."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_kit.clock import now

from pingshan_alerts.domain.notification import NotificationState
from pingshan_alerts.store import notifications
from pingshan_alerts.usecases.delivery.shared import settle_delivery
from pingshan_alerts.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class RecordReceipt:
    notification_id: UUID
    delivered: bool
    code: str
    """The carrier's own, where it was not delivered."""


async def record_receipt(deps: Dependencies, command: RecordReceipt) -> bool:
    """Returns False where it changes nothing: a second receipt, or for a message that is not ours."""
    state = NotificationState.DELIVERED if command.delivered else NotificationState.FAILED
    code = "" if command.delivered else command.code[:64]
    async with deps.database.begin() as tx:
        progress = await notifications.receive(tx, command.notification_id, state, code, now())
        if progress and progress.delivery_id:
            await settle_delivery(tx, progress.delivery_id)
    return progress is not None
