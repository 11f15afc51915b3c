"""An operator says where an organisation's own system is told."""

from base64 import b64encode
from collections.abc import Collection
from secrets import token_bytes

from pingshan_kit import audit_log
from pingshan_kit.clock import now
from pingshan_kit.crypto import PersonalData
from pingshan_kit.errors import Forbidden, InvalidRequest
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_alerts.clients.webhook import resolve
from pingshan_alerts.domain.access import may_operate
from pingshan_alerts.domain.reference import Reference
from pingshan_alerts.domain.standard_webhooks import KEY_PREFIX
from pingshan_alerts.domain.webhook_address import webhook_address
from pingshan_alerts.store import webhooks
from pingshan_alerts.store.webhooks import Webhook


async def set_webhook(
    actor: Actor,
    database: Database,
    data: PersonalData,
    reference: Reference,
    trusted: Collection[str],
    *,
    organisation: str,
    url: str,
) -> str:
    """The new key that signs what is sent there (`whsec_…`, Standard Webhooks): shown once.

    Raises Forbidden, InvalidRequest, WebhookAddressRefused.
    """
    if not may_operate(actor):
        raise Forbidden
    if organisation not in reference.audience.organisations:
        raise InvalidRequest([("organisation", "没有这个单位", "there is no such organisation")])
    address = webhook_address(url.strip(), trusted)
    if not address.trusted:
        await resolve(address)
    hook = Webhook(organisation, address.url, KEY_PREFIX + b64encode(token_bytes(32)).decode())
    async with database.begin() as tx:
        await webhooks.put(tx, data, hook, actor.id, now())
        details = {"host": address.host, "port": address.port}
        await audit_log.append(tx, actor=actor, act="webhook.set", subject=organisation, details=details)
    return hook.secret
