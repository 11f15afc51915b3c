"""What the wall shows: live alerts, the gravest first, and how many there are of each level."""

from collections.abc import Mapping
from dataclasses import dataclass

from pingshan_kit.errors import Forbidden
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor
from pingshan_values.level import Level

from pingshan_alerts.domain.access import may_read
from pingshan_alerts.domain.alert import Alert
from pingshan_alerts.store import alerts

MOST = 300


@dataclass(frozen=True, slots=True)
class Wall:
    alerts: list[Alert]
    counts: Mapping[Level, int]


async def read_wall(actor: Actor, database: Database) -> Wall:
    """Raises Forbidden."""
    if not may_read(actor):
        raise Forbidden
    async with database.read() as tx:
        return Wall(await alerts.live(tx, MOST), await alerts.counts(tx))
