"""Tell an organisation's own system, signed. The receiver deduplicates by `webhook-id`, the delivery's id."""

from base64 import b64decode
from collections.abc import Collection
from json import dumps
from typing import Any
from uuid import UUID

from pingshan_kit import jobs
from pingshan_kit.clock import now
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database

from pingshan_alerts.clients.webhook import NotTaken, WebhookSender
from pingshan_alerts.domain.alert import Alert, Delivery, DeliveryState
from pingshan_alerts.domain.errors import WebhookAddressRefused
from pingshan_alerts.domain.standard_webhooks import KEY_PREFIX, sign
from pingshan_alerts.domain.webhook_address import webhook_address
from pingshan_alerts.store import alerts, deliveries, entries, webhooks


async def deliver_webhook(
    database: Database,
    data: PersonalData,
    sender: WebhookSender,
    trusted: Collection[str],
    *,
    delivery_id: UUID,
    last: bool,
    public_url: str,
) -> None:
    """Raises NotTaken where it is worth another try; jobs.Abandon where it is not, or where this was the `last` one."""
    async with database.read() as tx:
        found = await deliveries.find(tx, delivery_id)
        if found is None:
            raise jobs.Abandon("DELIVERY_UNKNOWN")
        alert_id, delivery = found
        hook = await webhooks.find(tx, data, delivery.organisation)
        alert = await alerts.find(tx, alert_id)
    if hook is None or alert is None:
        await _settle(database, alert_id, delivery, DeliveryState.FAILED, "NO_ADDRESS")
        raise jobs.Abandon("NO_ADDRESS")
    body = _body(alert, public_url)
    try:
        headers = sign(b64decode(hook.secret.removeprefix(KEY_PREFIX)), str(delivery_id), now(), body)
        await sender.post(webhook_address(hook.url, trusted), headers, body)
    except WebhookAddressRefused as refused:
        await _settle(database, alert_id, delivery, DeliveryState.FAILED, "ADDRESS_REFUSED")
        raise jobs.Abandon("ADDRESS_REFUSED") from refused
    except NotTaken as error:
        if not last:
            raise
        await _settle(database, alert_id, delivery, DeliveryState.FAILED, error.code)
        raise jobs.Abandon(error.code) from error
    await _settle(database, alert_id, delivery, DeliveryState.DELIVERED, "")


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


async def _settle(database: Database, alert_id: str, delivery: Delivery, state: DeliveryState, code: str) -> None:
    async with database.begin() as tx:
        if await deliveries.set_state(tx, UUID(delivery.delivery_id), state, now(), code):
            details: dict[str, Any] = {"channel": delivery.channel} | ({"code": code} if code else {})
            await entries.add(tx, alert_id, state, organisation=delivery.organisation, **details)
