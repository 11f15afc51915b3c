"""Records who is notified of an alert; jobs send the messages."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pingshan_kit import jobs, telemetry
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_alerts.domain.alert import Alert
from pingshan_alerts.domain.routing import Step, targets
from pingshan_alerts.store import deliveries, entries
from pingshan_alerts.store.entries import NewEntry
from pingshan_alerts.usecases.job_kinds import DISPATCH_ALERT, AlertToDispatch


@dataclass(frozen=True, slots=True)
class Notice:
    """Names an alert with the groups to notify of it."""

    alert: Alert
    because: NewEntry
    """What has happened to the alert."""
    steps: Sequence[Step]
    traceparent: str = field(default_factory=telemetry.traceparent)
    """Of the act in which it was made."""


async def notify_audiences(tx: AsyncConnection, notices: Sequence[Notice], now: datetime, minute: timedelta) -> None:
    """Records what happened, groups and deliveries, and enqueues their dispatch.

    Deliveries that exist are not made again. An alert may be named once.
    """
    groups = [(notice.alert.alert_id, step) for notice in notices for step in notice.steps]
    wanted = [(notice.alert.alert_id, target) for notice in notices for target in targets(notice.steps)]
    told: dict[str, set[str]] = {notice.alert.alert_id: set() for notice in notices if notice.steps}
    await deliveries.add_audiences(tx, groups, now, minute)
    for _, alert_id, target in await deliveries.add(tx, wanted):
        told[alert_id].add(target.organisation)
    happened = [notice.because for notice in notices]
    happened += [_told(notice, told[notice.alert.alert_id]) for notice in notices if notice.steps]
    await entries.add_all(tx, happened)
    await jobs.enqueue_all(tx, [_dispatch(notice) for notice in notices if notice.steps])


def _told(notice: Notice, organisations: set[str]) -> NewEntry:
    details = {"organisations": sorted(organisations), "groups": [step.who for step in notice.steps]}
    return NewEntry(notice.alert.alert_id, "told", details)


def _dispatch(notice: Notice) -> jobs.Queued[AlertToDispatch]:
    alert = notice.alert
    payload = AlertToDispatch(alert_id=alert.alert_id)
    key = f"{alert.alert_id}/{alert.version}"
    return jobs.Queued(DISPATCH_ALERT, key, payload, traceparent=notice.traceparent)
