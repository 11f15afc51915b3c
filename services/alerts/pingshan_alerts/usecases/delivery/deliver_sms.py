"""An organisation is told by SMS: one message to each of its people at the post."""

from datetime import datetime
from uuid import UUID, uuid5

from pingshan_kit import jobs
from pingshan_kit.clock import SHANGHAI, now
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.street import Street
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_alerts.clients.identity import Contact, Identity
from pingshan_alerts.domain.alert import Alert, Awaited, Delivery, DeliveryState
from pingshan_alerts.domain.notification import Outgoing, shortened
from pingshan_alerts.store import alerts, deliveries, entries, notifications
from pingshan_alerts.usecases.job_kinds import SEND_NOTIFICATION, NotificationToSend

_TEMPLATE = "alert-raised"


async def deliver_sms(database: Database, data: PersonalData, identity: Identity, *, delivery_id: UUID) -> None:
    """Raises jobs.Abandon where nobody can be reached: no person at the post, or none with a number."""
    async with database.read() as tx:
        found = await deliveries.find(tx, delivery_id)
    if found is None:
        raise jobs.Abandon("DELIVERY_UNKNOWN")
    alert_id, delivery = found
    contacts = await identity.contacts_at(delivery.organisation, delivery.post)
    if not contacts:
        await _fail(database, alert_id, delivery, "NOBODY_AT_POST")
        raise jobs.Abandon("NOBODY_AT_POST")
    async with database.begin() as tx:
        alert = await alerts.find(tx, alert_id)
        if alert is None:
            raise jobs.Abandon("ALERT_UNKNOWN")
        groups = await deliveries.audience_of(tx, alert_id)
        deadline = _deadline(groups, delivery, alert.raised_at)
        for contact in contacts:
            await _notify(tx, data, alert, delivery_id, contact, deadline)


async def _notify(
    tx: AsyncConnection, data: PersonalData, alert: Alert, delivery_id: UUID, contact: Contact, deadline: datetime
) -> None:
    outgoing = Outgoing(
        notification_id=uuid5(delivery_id, contact.person_id),
        template_id=_TEMPLATE,
        language=contact.language,
        mobile_number=contact.mobile_number,
        variables=_variables(alert, contact.language, deadline),
        delivery_id=delivery_id,
    )
    if await notifications.add(tx, data, outgoing, caller="service:alerts"):
        payload = NotificationToSend(notification_id=outgoing.notification_id)
        await jobs.enqueue(tx, SEND_NOTIFICATION, str(outgoing.notification_id), payload)


def _variables(alert: Alert, language: str, deadline: datetime) -> dict[str, str]:
    english = language == "en"
    street = Street(alert.street) if alert.street else None
    title = alert.title_en if english and alert.title_en else alert.title_zh
    place = (street.en if english else street.zh) if street else ("no place" if english else "地点未定")
    return {
        "level": alert.level.en.capitalize() if english else alert.level.zh,
        "alert_id": alert.alert_id,
        "title": shortened(title, 60),
        "street": place,
        "deadline": f"{deadline.astimezone(SHANGHAI):%m-%d %H:%M}",
    }


def _deadline(groups: list[Awaited], delivery: Delivery, otherwise: datetime) -> datetime:
    mine = [group for group in groups if delivery.organisation in group.organisations and delivery.post == group.post]
    return min((group.acknowledge_by for group in mine if group.acknowledge_by), default=otherwise)


async def _fail(database: Database, alert_id: str, delivery: Delivery, code: str) -> None:
    async with database.begin() as tx:
        if await deliveries.set_state(tx, UUID(delivery.delivery_id), DeliveryState.FAILED, now(), code):
            await entries.add(
                tx, alert_id, "failed", organisation=delivery.organisation, channel=delivery.channel, code=code
            )
