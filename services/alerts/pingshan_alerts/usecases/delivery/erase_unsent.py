"""Texts that were never sent are of no use after a day, and hold personal data."""

from datetime import timedelta

from pingshan_kit import audit_log
from pingshan_kit.clock import now
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor, ActorKind

from pingshan_alerts.store import notifications

KEPT = timedelta(hours=24)
_SELF = Actor(kind=ActorKind.SERVICE, service="alerts")


async def erase_unsent(database: Database) -> int:
    """The number of texts that were erased; a record proves it."""
    async with database.begin() as tx:
        erased = await notifications.erase_unsent(tx, now() - KEPT)
        if erased:
            details = {"count": erased}
            await audit_log.append(tx, actor=_SELF, act="notification.erased", subject="notifications", details=details)
    return erased
