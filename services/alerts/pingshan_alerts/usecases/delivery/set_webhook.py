"""Sets the address of an organisation's own system, for operators."""

from base64 import b64encode
from dataclasses import dataclass, field
from secrets import token_bytes

from pingshan_kit import audit_log
from pingshan_kit.clock import now
from pingshan_values.actor import Actor
from pingshan_values.outside_address import outside_address

from pingshan_alerts.domain.access import check_may_operate
from pingshan_alerts.domain.standard_webhooks import KEY_PREFIX
from pingshan_alerts.store import webhooks
from pingshan_alerts.store.webhooks import Webhook
from pingshan_alerts.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class SetWebhook:
    organisation: str
    url: str = field(repr=False)


async def set_webhook(deps: Dependencies, actor: Actor, command: SetWebhook) -> str:
    """Replaces the address and returns its new signing key (`whsec_…`, Standard Webhooks), which is never shown again.

    Raises NotAllowed, RequestInvalid for an unknown organisation, AddressRefused.
    """
    check_may_operate(actor)
    deps.reference.audience.check_organisation(command.organisation)
    address = outside_address(command.url.strip(), deps.settings.trusted)
    await deps.webhook_sender.check(address)
    hook = Webhook(command.organisation, address.url, KEY_PREFIX + b64encode(token_bytes(32)).decode())
    async with deps.database.begin() as tx:
        await webhooks.put(tx, deps.personal, hook, actor.id, now())
        details = {"host": address.host, "port": address.port}
        await audit_log.append(tx, actor=actor, act="webhook.set", subject=command.organisation, details=details)
    return hook.secret
