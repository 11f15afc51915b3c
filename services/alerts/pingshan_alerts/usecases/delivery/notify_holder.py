"""Everybody who may act for a holder gets an SMS from one template, once per reason."""

from collections.abc import Mapping
from uuid import UUID, uuid5

from pingshan_kit import jobs
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database

from pingshan_alerts.clients.identity import Identity
from pingshan_alerts.domain.notification import Outgoing
from pingshan_alerts.store import notifications
from pingshan_alerts.usecases.job_kinds import SEND_NOTIFICATION, NotificationToSend


async def notify_holder(
    database: Database,
    data: PersonalData,
    identity: Identity,
    *,
    reason: UUID,
    holder_code: str,
    template_id: str,
    texts: Mapping[str, Mapping[str, str]],
) -> int:
    """The number of persons. `texts`: the variables by language; `reason`: the id of the event that is told."""
    contacts = await identity.representatives(holder_code)
    async with database.begin() as tx:
        for contact in contacts:
            outgoing = Outgoing(
                notification_id=uuid5(reason, contact.person_id),
                template_id=template_id,
                language=contact.language,
                mobile_number=contact.mobile_number,
                variables=texts[contact.language],
            )
            if await notifications.add(tx, data, outgoing, caller="service:alerts"):
                payload = NotificationToSend(notification_id=outgoing.notification_id)
                await jobs.enqueue(tx, SEND_NOTIFICATION, str(outgoing.notification_id), payload)
    return len(contacts)
