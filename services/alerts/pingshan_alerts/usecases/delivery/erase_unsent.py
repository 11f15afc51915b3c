"""Texts that were never sent are of no use after a day, and hold personal data."""

from pingshan_kit import audit_log
from pingshan_kit.clock import now
from pingshan_values.actor import Actor, ActorKind

from pingshan_alerts.domain.notification import UNSENT_KEPT
from pingshan_alerts.store import notifications
from pingshan_alerts.usecases.dependencies import Dependencies

_SELF = Actor(kind=ActorKind.SERVICE, service="alerts")


async def erase_unsent(deps: Dependencies) -> int:
    """Returns the number of texts that were erased; a record proves it."""
    async with deps.database.begin() as tx:
        erased = await notifications.erase_unsent(tx, now() - UNSENT_KEPT)
        if erased:
            details = {"count": erased}
            await audit_log.append(tx, actor=_SELF, act="notification.erased", subject="notifications", details=details)
    return erased
