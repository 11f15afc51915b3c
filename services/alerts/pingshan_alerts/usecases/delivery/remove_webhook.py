"""An operator stops telling an organisation's own system."""

from pingshan_kit import audit_log
from pingshan_kit.errors import Forbidden
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_alerts.domain.access import may_operate
from pingshan_alerts.store import webhooks


async def remove_webhook(actor: Actor, database: Database, *, organisation: str) -> None:
    """Raises Forbidden."""
    if not may_operate(actor):
        raise Forbidden
    async with database.begin() as tx:
        if await webhooks.remove(tx, organisation):
            await audit_log.append(tx, actor=actor, act="webhook.removed", subject=organisation, details={})
