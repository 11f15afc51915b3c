"""Records who is notified of an alert; jobs send the messages."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pingshan_kit import jobs
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_alerts.domain.alert import Alert
from pingshan_alerts.domain.routing import Step, organisations_of, targets
from pingshan_alerts.store import deliveries, entries
from pingshan_alerts.usecases.job_kinds import DISPATCH_ALERT, AlertToDispatch


async def notify_audience(
    tx: AsyncConnection, alert: Alert, steps: Sequence[Step], now: datetime, minute: timedelta
) -> list[str]:
    """Records groups and deliveries, and enqueues their dispatch; deliveries that exist are not made again.

    Returns the codes of all organisations of the steps, each once; without steps it does nothing.
    """
    if not steps:
        return []
    await deliveries.add_audience(tx, alert.alert_id, steps, now, minute)
    added = await deliveries.add(tx, alert.alert_id, targets(steps))
    codes = sorted({target.organisation for _, target in added})
    await entries.add(tx, alert.alert_id, "told", organisations=codes, groups=[step.who for step in steps])
    payload = AlertToDispatch(alert_id=alert.alert_id)
    await jobs.enqueue(tx, DISPATCH_ALERT, f"{alert.alert_id}/{alert.version}", payload)
    return organisations_of(steps)
