"""Notifies an organisation's own system, signed. Receivers deduplicate by `webhook-id`, the delivery's id."""

from base64 import b64decode
from dataclasses import dataclass
from json import dumps
from typing import Any
from uuid import UUID

from pingshan_kit import jobs
from pingshan_kit.clock import now
from pingshan_values.outside_address import AddressRefused, outside_address

from pingshan_alerts.clients.webhook import NotTaken
from pingshan_alerts.domain.alert import Alert, Delivery, DeliveryState
from pingshan_alerts.domain.standard_webhooks import KEY_PREFIX, sign
from pingshan_alerts.store import alerts, deliveries, entries, webhooks
from pingshan_alerts.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class DeliverWebhook:
    delivery_id: UUID
    is_last: bool
    """True where no further attempt follows."""


async def deliver_webhook(deps: Dependencies, command: DeliverWebhook) -> None:
    """Posts the alert to the organisation's address and marks the delivery as delivered.

    Raises NotTaken where another attempt may succeed. Marks the delivery as failed and raises jobs.Abandon where there
    is no address, the address is refused, or this was the last attempt.
    """
    async with deps.database.read() as tx:
        found = await deliveries.find(tx, command.delivery_id)
        if found is None:
            raise jobs.Abandon("DELIVERY_UNKNOWN")
        alert_id, delivery = found
        hook = await webhooks.find(tx, deps.personal, delivery.organisation)
        alert = await alerts.find(tx, alert_id)
    if hook is None or alert is None:
        await _settle(deps, alert_id, delivery, DeliveryState.FAILED, "NO_ADDRESS")
        raise jobs.Abandon("NO_ADDRESS")
    body = _body(alert, deps.settings.public_url)
    try:
        headers = sign(b64decode(hook.secret.removeprefix(KEY_PREFIX)), delivery.delivery_id, now(), body)
        await deps.webhook_sender.post(outside_address(hook.url, deps.settings.trusted), headers, body)
    except AddressRefused as refused:
        await _settle(deps, alert_id, delivery, DeliveryState.FAILED, "ADDRESS_REFUSED")
        raise jobs.Abandon("ADDRESS_REFUSED") from refused
    except NotTaken as error:
        if not command.is_last:
            raise
        await _settle(deps, alert_id, delivery, DeliveryState.FAILED, error.code)
        raise jobs.Abandon(error.code) from error
    await _settle(deps, alert_id, delivery, DeliveryState.DELIVERED, "")


def _body(alert: Alert, public_url: str) -> bytes:
    position = alert.position
    data = {
        "alert_id": alert.alert_id,
        "kind": alert.kind,
        "level": alert.level,
        "title_zh": alert.title_zh,
        "title_en": alert.title_en,
        "street": alert.street,
        "position": {"lon": position.lon, "lat": position.lat} if position else None,
        "labels": dict(alert.labels),
        "url": f"{public_url}/alerts/{alert.alert_id}",
    }
    message = {"type": "alert.raised", "timestamp": alert.raised_at.isoformat(), "data": data}
    return dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


async def _settle(deps: Dependencies, alert_id: str, delivery: Delivery, state: DeliveryState, code: str) -> None:
    async with deps.database.begin() as tx:
        if await deliveries.set_state(tx, UUID(delivery.delivery_id), state, now(), code):
            details: dict[str, Any] = {"channel": delivery.channel} | ({"code": code} if code else {})
            await entries.add(tx, alert_id, state, organisation=delivery.organisation, **details)
