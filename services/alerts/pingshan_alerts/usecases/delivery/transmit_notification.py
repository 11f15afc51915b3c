"""Hand an SMS to the carrier, at most twice: carriers do not deduplicate."""

from uuid import UUID

from pingshan_kit import jobs
from pingshan_kit.clock import now
from pingshan_kit.crypto import PersonalData
from pingshan_kit.errors import Unavailable
from pingshan_kit.storage.database import Database

from pingshan_alerts.clients.sms_carrier import NoAnswer, RefusedByCarrier, SmsCarrier
from pingshan_alerts.domain.notification import NotificationState
from pingshan_alerts.domain.reference import Reference
from pingshan_alerts.store import notifications
from pingshan_alerts.usecases.delivery.shared import settle_delivery

MOST = 2
"""Attempts that the carrier may have taken: the second follows a kill or a broken connection in between."""


async def transmit_notification(
    database: Database, data: PersonalData, reference: Reference, carrier: SmsCarrier, *, notification_id: UUID
) -> None:
    """Raises jobs.Abandon where the carrier refuses or never answers, Unavailable where it is away."""
    async with database.begin() as tx:
        outgoing = await notifications.claim(tx, data, notification_id, MOST)
    if outgoing is None:
        await _give_up(database, notification_id)
        return
    try:
        await carrier.send(outgoing, reference.templates[outgoing.template_id].signature)
    except RefusedByCarrier as refused:
        await _fail(database, notification_id, refused.code)
        raise jobs.Abandon(refused.code) from refused
    except NoAnswer:
        raise
    except Unavailable:
        async with database.begin() as tx:
            await notifications.release(tx, notification_id)
        raise
    async with database.begin() as tx:
        await notifications.mark_sent(tx, notification_id, now())
        if outgoing.delivery_id:
            await settle_delivery(tx, outgoing.delivery_id)


async def _give_up(database: Database, notification_id: UUID) -> None:
    """Nothing to send: it was sent before, or was tried often enough without an answer."""
    async with database.read() as tx:
        progress = await notifications.find(tx, notification_id)
    if progress and progress.state is NotificationState.QUEUED:
        await _fail(database, notification_id, "NO_ANSWER")
        raise jobs.Abandon("NO_ANSWER")


async def _fail(database: Database, notification_id: UUID, code: str) -> None:
    async with database.begin() as tx:
        await notifications.mark_failed(tx, notification_id, code, now())
        progress = await notifications.find(tx, notification_id)
        if progress and progress.delivery_id:
            await settle_delivery(tx, progress.delivery_id)
