"""What the progress of its SMS means for an organisation's delivery."""

from uuid import UUID

from pingshan_kit.clock import now
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_alerts.domain.alert import DeliveryState
from pingshan_alerts.domain.notification import NotificationState, best
from pingshan_alerts.store import deliveries, entries, notifications


async def settle_delivery(tx: AsyncConnection, delivery_id: UUID) -> None:
    """Sets an organisation's SMS delivery to the best state among its people's SMS, in the caller's transaction.

    Changes nothing where the delivery is unknown or has that state already.
    """
    found = await deliveries.find(tx, delivery_id, lock=True)
    if found is None:
        return
    alert_id, delivery = found
    messages = await notifications.of_delivery(tx, delivery_id)
    state = best(state for state, _ in messages)
    code = next((code for _, code in messages if code), "") if state is NotificationState.FAILED else ""
    if await deliveries.set_state(tx, delivery_id, DeliveryState(state), now(), code):
        details = {"channel": delivery.channel, "code": code} if code else {"channel": delivery.channel}
        await entries.add(tx, alert_id, state, organisation=delivery.organisation, **details)
