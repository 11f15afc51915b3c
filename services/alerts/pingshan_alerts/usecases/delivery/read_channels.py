"""Reads how the channels are doing, for operators."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from pingshan_kit.clock import now
from pingshan_values.actor import Actor

from pingshan_alerts.domain.access import check_may_operate
from pingshan_alerts.domain.notification import NotificationState, Progress
from pingshan_alerts.store import deliveries, notifications, webhooks
from pingshan_alerts.usecases.dependencies import Dependencies

PERIOD = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Channels:
    """Holds the figures of the last 24 hours, the latest SMS and the webhooks."""

    deliveries: Mapping[tuple[str, str], int]
    """Numbers of deliveries by channel and state."""
    notifications: Mapping[NotificationState, int]
    recent: list[Progress]
    webhooks: Mapping[str, str]


async def read_channels(deps: Dependencies, actor: Actor, *, count: int) -> Channels:
    """Returns the figures, and the latest `count` SMS with their numbers. Raises NotAllowed."""
    check_may_operate(actor)
    since = now() - PERIOD
    async with deps.database.read() as tx:
        return Channels(
            deliveries=await deliveries.channel_counts(tx, since),
            notifications=await notifications.state_counts(tx, since),
            recent=await notifications.recent(tx, deps.personal, count),
            webhooks=await webhooks.urls(tx),
        )
