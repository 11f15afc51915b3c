"""Removes the address of an organisation's own system, for operators."""

from dataclasses import dataclass

from pingshan_kit import audit_log
from pingshan_values.actor import Actor

from pingshan_alerts.domain.access import check_may_operate
from pingshan_alerts.store import webhooks
from pingshan_alerts.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class RemoveWebhook:
    organisation: str


async def remove_webhook(deps: Dependencies, actor: Actor, command: RemoveWebhook) -> None:
    """Removes address and key; without an address nothing changes. Raises NotAllowed."""
    check_may_operate(actor)
    async with deps.database.begin() as tx:
        if await webhooks.remove(tx, command.organisation):
            await audit_log.append(tx, actor=actor, act="webhook.removed", subject=command.organisation, details={})
