"""Reads what the wall shows: live alerts, the gravest first, and the number of each level."""

from collections.abc import Mapping
from dataclasses import dataclass

from pingshan_values.actor import Actor
from pingshan_values.level import Level

from pingshan_alerts.domain.access import check_may_read
from pingshan_alerts.domain.alert import Alert
from pingshan_alerts.store import alerts
from pingshan_alerts.usecases.dependencies import Dependencies

MOST_ALERTS = 300


@dataclass(frozen=True, slots=True)
class Wall:
    alerts: list[Alert]
    counts: Mapping[Level, int]


async def read_wall(deps: Dependencies, actor: Actor) -> Wall:
    """Returns up to 300 live alerts and the number of all by level. Raises NotAllowed."""
    check_may_read(actor)
    async with deps.database.read() as tx:
        return Wall(await alerts.live(tx, MOST_ALERTS), await alerts.counts(tx))
