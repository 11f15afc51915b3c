"""What any source reports becomes an alert, or counts up the live one: in the caller's transaction."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pingshan_events.alerts import AlertRaised
from pingshan_kit import telemetry
from pingshan_kit.clock import now
from pingshan_kit.events import outbox
from pingshan_kit.ids import uuid7
from pingshan_values.actor import Actor
from pingshan_values.level import Level
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_alerts.domain.alert import Alert, Draft
from pingshan_alerts.domain.reference import Reference
from pingshan_alerts.domain.routing import route
from pingshan_alerts.store import alerts, entries
from pingshan_alerts.usecases.routing.shared import tell


async def admit_report(
    actor: Actor,
    tx: AsyncConnection,
    reference: Reference,
    minute: timedelta,
    *,
    draft: Draft,
    payload: Mapping[str, Any],
) -> Alert:
    """A new thing is told to its audience; a graver report of a known thing to those who were not told before."""
    at = now()
    alert, before = await alerts.count_up(tx, draft, at) or await alerts.add(tx, draft, at)
    telemetry.mark(alert_id=alert.alert_id, correlation_id=alert.alert_id)
    await alerts.add_report(tx, uuid7(), alert.alert_id, draft.source, actor.id, payload)
    if before is None:
        await entries.add(tx, alert.alert_id, "raised", actor=actor, source=draft.source, level=alert.level)
    elif alert.level.number < before.number:
        await entries.add(tx, alert.alert_id, "graver", actor=actor, source=draft.source, level=alert.level)
    else:
        return alert
    await _tell(tx, reference, minute, alert, draft, at)
    return alert


async def _tell(
    tx: AsyncConnection, reference: Reference, minute: timedelta, alert: Alert, draft: Draft, at: datetime
) -> None:
    level: Level = alert.level
    steps = route(reference.audience, level, alert.owners, alert.street, tells_street=draft.tells_street)
    organisations = await tell(tx, alert, steps, at, minute)
    raised = AlertRaised(
        event_id=uuid7(),
        aggregate_id=alert.alert_id,
        aggregate_version=alert.version,
        correlation_id=alert.alert_id,
        occurred_at=at,
        alert_id=alert.alert_id,
        kind=alert.kind,
        level=level.value,
        street=alert.street,
        organisations=organisations,
    )
    await outbox.publish(tx, raised)
