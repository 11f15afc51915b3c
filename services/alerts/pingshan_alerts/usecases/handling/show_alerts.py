"""Somebody of an organisation has alerts on the screen: its wall and desk deliveries are delivered."""

from collections.abc import Sequence

from pingshan_kit.clock import now
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_alerts.store import deliveries, entries


async def show_alerts(actor: Actor, database: Database, *, alert_ids: Sequence[str]) -> None:
    """Changes nothing where they were seen before, or the organisation was not told."""
    if not (actor.organisation and alert_ids):
        return
    async with database.begin() as tx:
        shown = await deliveries.show(tx, sorted(alert_ids), actor.organisation, now())
        await entries.add_all(
            tx,
            [(alert_id, "delivered", actor.organisation, {"channel": channel}) for alert_id, channel in sorted(shown)],
        )
