"""Hands an SMS to the carrier, at most twice, as carriers do not deduplicate."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_kit import jobs
from pingshan_kit.clock import now
from pingshan_kit.errors import Unavailable

from pingshan_alerts.clients.sms_carrier import NoAnswer, RefusedByCarrier
from pingshan_alerts.domain.notification import NotificationState
from pingshan_alerts.store import notifications
from pingshan_alerts.usecases.delivery.settle import settle_delivery
from pingshan_alerts.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class TransmitNotification:
    notification_id: UUID


async def transmit_notification(deps: Dependencies, command: TransmitNotification) -> None:
    """Sends the SMS and marks it as sent; does nothing where it was sent before.

    Raises jobs.Abandon, with the SMS marked as failed, where the carrier refuses it or no attempt is left; NoAnswer
    where the carrier may have taken it; Unavailable where it certainly has not, which counts as no attempt.
    """
    notification_id = command.notification_id
    async with deps.database.begin() as tx:
        outgoing = await notifications.claim(tx, deps.personal, notification_id)
    if outgoing is None:
        await _give_up(deps, notification_id)
        return
    try:
        await deps.sms_carrier.send(outgoing, deps.reference.templates[outgoing.template_id].signature)
    except RefusedByCarrier as refused:
        await _fail(deps, notification_id, refused.code)
        raise jobs.Abandon(refused.code) from refused
    except NoAnswer:
        raise
    except Unavailable:
        async with deps.database.begin() as tx:
            await notifications.release(tx, notification_id)
        raise
    async with deps.database.begin() as tx:
        await notifications.mark_sent(tx, notification_id, now())
        if outgoing.delivery_id:
            await settle_delivery(tx, outgoing.delivery_id)


async def _give_up(deps: Dependencies, notification_id: UUID) -> None:
    """Marks a queued SMS as failed and raises jobs.Abandon; returns where it is in any other state."""
    async with deps.database.read() as tx:
        progress = await notifications.find(tx, notification_id)
    if progress and progress.state is NotificationState.QUEUED:
        await _fail(deps, notification_id, "NO_ANSWER")
        raise jobs.Abandon("NO_ANSWER")


async def _fail(deps: Dependencies, notification_id: UUID, code: str) -> None:
    async with deps.database.begin() as tx:
        await notifications.mark_failed(tx, notification_id, code, now())
        progress = await notifications.find(tx, notification_id)
        if progress and progress.delivery_id:
            await settle_delivery(tx, progress.delivery_id)
