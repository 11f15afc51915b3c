"""Nobody of a group acknowledged in time: tell the next step, once."""

from datetime import timedelta

from pingshan_kit.clock import now
from pingshan_kit.storage.database import Database

from pingshan_alerts.domain.alert import AlertState
from pingshan_alerts.domain.reference import Reference
from pingshan_alerts.domain.routing import next_step
from pingshan_alerts.store import alerts, deliveries, entries
from pingshan_alerts.usecases.routing.shared import tell


async def escalate_alert(
    database: Database, reference: Reference, minute: timedelta, *, alert_id: str, who: str
) -> bool:
    """False where there was no reason to: resolved, acknowledged by one of the group, escalated, or not due yet."""
    at = now()
    async with database.begin() as tx:
        alert = await alerts.find(tx, alert_id, lock=True)
        found = await deliveries.lock_step(tx, alert_id, who)
        if alert is None or found is None or alert.state is AlertState.RESOLVED:
            return False
        group, step = found
        following = next_step(reference.audience, alert.level, step)
        early = group.acknowledge_by is None or group.acknowledge_by > at
        if group.escalated_at or early or following is None:
            return False
        heard = {each.organisation for each in (await deliveries.acknowledgements(tx, [alert_id]))[alert_id]}
        if heard & set(group.organisations):
            return False
        await deliveries.mark_escalated(tx, alert_id, who, at)
        await entries.add(tx, alert_id, "escalated", group=who, to=following.who, minutes=group.within_minutes)
        alert = await alerts.change(tx, alert_id, at)
        await tell(tx, alert, [following], at, minute)
    return True
