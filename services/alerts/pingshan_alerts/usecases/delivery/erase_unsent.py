"""Erases texts that were not sent within 24 hours: they are of no use any more, and hold personal data."""

from pingshan_kit import audit_log
from pingshan_kit.clock import now
from pingshan_values.actor import Actor, ActorKind

from pingshan_alerts.domain.notification import UNSENT_KEPT
from pingshan_alerts.store import notifications
from pingshan_alerts.usecases.dependencies import Dependencies

_SELF = Actor(kind=ActorKind.SERVICE, service="alerts")


async def erase_unsent(deps: Dependencies) -> int:
    """Returns the number of texts that were erased; the audit log records it unless it is 0."""
    async with deps.database.begin() as tx:
        erased = await notifications.erase_unsent(tx, now() - UNSENT_KEPT)
        if erased:
            details = {"count": erased}
            await audit_log.append(tx, actor=_SELF, act="notification.erased", subject="notifications", details=details)
    return erased
