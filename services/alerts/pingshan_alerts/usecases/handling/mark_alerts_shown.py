"""Marks wall and app deliveries as delivered once somebody of the organisation sees them."""

from collections.abc import Sequence
from dataclasses import dataclass

from pingshan_kit.clock import now
from pingshan_values.actor import Actor

from pingshan_alerts.store import deliveries, entries
from pingshan_alerts.store.entries import NewEntry
from pingshan_alerts.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class MarkAlertsShown:
    alert_ids: Sequence[str]


async def mark_alerts_shown(deps: Dependencies, actor: Actor, command: MarkAlertsShown) -> None:
    """Marks the organisation's sent deliveries of these alerts as delivered, and records it.

    Changes nothing where the actor has no organisation, it was not notified, or they were seen before.
    """
    if not (actor.organisation and command.alert_ids):
        return
    async with deps.database.begin() as tx:
        shown = await deliveries.show(tx, sorted(command.alert_ids), actor.organisation, now())
        await entries.add_all(
            tx,
            [
                NewEntry(alert_id, "delivered", {"channel": channel}, organisation=actor.organisation)
                for alert_id, channel in sorted(shown)
            ],
        )
