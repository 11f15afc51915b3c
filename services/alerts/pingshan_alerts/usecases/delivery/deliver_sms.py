"""Notifies an organisation by SMS, one to each of its people at the post."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from pingshan_kit import jobs
from pingshan_kit.clock import now
from pingshan_values.level import Level
from pingshan_values.shanghai import SHANGHAI
from pingshan_values.street import Street
from pingshan_values.text import Text

from pingshan_alerts.clients.identity import Contact
from pingshan_alerts.domain.alert import Alert, Delivery, DeliveryState
from pingshan_alerts.domain.notification import Outgoing, as_variable
from pingshan_alerts.domain.routing import deadline_of
from pingshan_alerts.store import alerts, deliveries, entries
from pingshan_alerts.usecases.delivery.queue import queue_own
from pingshan_alerts.usecases.delivery.settle import settle_delivery
from pingshan_alerts.usecases.dependencies import Dependencies

_TEMPLATE = "alert-raised"
_NO_PLACE = Text("地点未定", "no place")


@dataclass(frozen=True, slots=True)
class DeliverSms:
    delivery_id: UUID


async def deliver_sms(deps: Dependencies, command: DeliverSms) -> None:
    """Queues one SMS to each person at the delivery's post, within the budgets; a second call queues none again.

    Raises jobs.Abandon where delivery or alert is unknown, or where nobody at the post has a number: then the delivery
    has failed. Raises Unavailable where identity cannot be reached.
    """
    async with deps.database.read() as tx:
        found = await deliveries.find(tx, command.delivery_id)
    if found is None:
        raise jobs.Abandon("DELIVERY_UNKNOWN")
    alert_id, delivery = found
    contacts = await deps.identity.contacts_at(delivery.organisation, delivery.post)
    if not contacts:
        await _fail(deps, alert_id, delivery, "NOBODY_AT_POST")
        raise jobs.Abandon("NOBODY_AT_POST")
    async with deps.database.begin() as tx:
        alert = await alerts.find(tx, alert_id)
        if alert is None:
            raise jobs.Abandon("ALERT_UNKNOWN")
        groups = await deliveries.audience_of(tx, alert_id)
        deadline = deadline_of(groups, delivery.organisation, delivery.post) or alert.raised_at
        queued, red = True, alert.level is Level.RED
        for contact in sorted(contacts, key=lambda contact: contact.mobile_number):  # as budgets are locked
            outgoing = _outgoing(alert, command.delivery_id, contact, deadline)
            queued &= await queue_own(tx, deps, outgoing, organisation=delivery.organisation, red=red)
        if not queued:
            await settle_delivery(tx, command.delivery_id)


def _outgoing(alert: Alert, delivery_id: UUID, contact: Contact, deadline: datetime) -> Outgoing:
    return Outgoing(
        notification_id=uuid5(delivery_id, contact.person_id),
        template_id=_TEMPLATE,
        language=contact.language,
        mobile_number=contact.mobile_number,
        variables=_variables(alert, contact.language, deadline),
        delivery_id=delivery_id,
    )


def _variables(alert: Alert, language: str, deadline: datetime) -> dict[str, str]:
    street = Street(alert.street) if alert.street else None
    place = Text(street.zh, street.en) if street else _NO_PLACE
    return {
        "level": Text(alert.level.zh, alert.level.en.capitalize()).in_language(language),
        "alert_id": alert.alert_id,
        "title": as_variable(alert.title.in_language(language), 60),
        "street": place.in_language(language),
        "deadline": f"{deadline.astimezone(SHANGHAI):%m-%d %H:%M}",
    }


async def _fail(deps: Dependencies, alert_id: str, delivery: Delivery, code: str) -> None:
    async with deps.database.begin() as tx:
        if await deliveries.set_state(tx, UUID(delivery.delivery_id), DeliveryState.FAILED, now(), code):
            await entries.add(
                tx, alert_id, "failed", organisation=delivery.organisation, channel=delivery.channel, code=code
            )
