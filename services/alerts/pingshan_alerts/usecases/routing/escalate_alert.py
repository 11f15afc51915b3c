"""Notifies the next step where nobody of a group acknowledged in time, once."""

from dataclasses import dataclass

from pingshan_kit.clock import now

from pingshan_alerts.domain.routing import next_step
from pingshan_alerts.store import alerts, deliveries
from pingshan_alerts.store.entries import NewEntry
from pingshan_alerts.usecases.dependencies import Dependencies
from pingshan_alerts.usecases.notices import Notice, notify_audiences


@dataclass(frozen=True, slots=True)
class EscalateAlert:
    alert_id: str
    who: str


async def escalate_alert(deps: Dependencies, command: EscalateAlert) -> bool:
    """Notifies the next step and returns True.

    Returns False, changing nothing, where alert or group is unknown, the alert is resolved, one of the group
    acknowledged, or no escalation is due.
    """
    at, alert_id = now(), command.alert_id
    async with deps.database.begin() as tx:
        alert = await alerts.find(tx, alert_id, lock=True)
        found = await deliveries.lock_step(tx, alert_id, command.who)
        if alert is None or found is None or not alert.is_live:
            return False
        group, step = found
        following = next_step(deps.reference.audience, alert.level, step)
        acknowledged = {each.organisation for each in (await deliveries.acknowledgements(tx, [alert_id]))[alert_id]}
        if following is None or not group.is_missed(acknowledged, at):
            return False
        await deliveries.mark_escalated(tx, alert_id, command.who, at)
        details = {"group": command.who, "to": following.who, "minutes": group.within_minutes}
        alert = await alerts.change(tx, alert_id, at)
        notice = Notice(alert, NewEntry(alert_id, "escalated", details), [following])
        await notify_audiences(tx, [notice], at, deps.settings.minute)
    return True
