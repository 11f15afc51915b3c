"""Somebody of an organisation has alerts on the screen: its wall and desk deliveries are delivered."""

from collections.abc import Sequence
from dataclasses import dataclass

from pingshan_kit.clock import now
from pingshan_values.actor import Actor

from pingshan_alerts.store import deliveries, entries
from pingshan_alerts.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class MarkAlertsShown:
    alert_ids: Sequence[str]


async def mark_alerts_shown(deps: Dependencies, actor: Actor, command: MarkAlertsShown) -> None:
    """Marks them as delivered. Changes nothing where they were seen before, or the organisation was not notified."""
    if not (actor.organisation and command.alert_ids):
        return
    async with deps.database.begin() as tx:
        shown = await deliveries.show(tx, sorted(command.alert_ids), actor.organisation, now())
        await entries.add_all(
            tx,
            [(alert_id, "delivered", actor.organisation, {"channel": channel}) for alert_id, channel in sorted(shown)],
        )
