"""How the channels are doing, for operators."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from pingshan_kit.clock import now
from pingshan_kit.crypto import PersonalData
from pingshan_kit.errors import Forbidden
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_alerts.domain.access import may_operate
from pingshan_alerts.domain.notification import NotificationState, Progress
from pingshan_alerts.store import deliveries, notifications, webhooks

PERIOD = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Channels:
    """Of the last 24 hours."""

    deliveries: Mapping[tuple[str, str], int]
    """By channel and state."""
    notifications: Mapping[NotificationState, int]
    recent: list[Progress]
    webhooks: Mapping[str, str]


async def read_channels(actor: Actor, database: Database, data: PersonalData, *, count: int) -> Channels:
    """Raises Forbidden."""
    if not may_operate(actor):
        raise Forbidden
    since = now() - PERIOD
    async with database.read() as tx:
        return Channels(
            deliveries=await deliveries.channel_counts(tx, since),
            notifications=await notifications.state_counts(tx, since),
            recent=await notifications.recent(tx, data, count),
            webhooks=await webhooks.urls(tx),
        )
