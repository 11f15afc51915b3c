"""Turns a report of any source into a new alert, or counts it with the live one of the same fingerprint."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pingshan_events.alerts import AlertRaised
from pingshan_kit import idempotency, telemetry
from pingshan_kit.clock import now
from pingshan_kit.events import outbox
from pingshan_kit.ids import uuid7
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_alerts.domain.alert import Alert, Draft, is_graver
from pingshan_alerts.domain.routing import route
from pingshan_alerts.store import alerts, entries
from pingshan_alerts.usecases.dependencies import Dependencies
from pingshan_alerts.usecases.routing.shared import notify_audience


async def admit_once(
    deps: Dependencies, actor: Actor, draft: Draft, *, request_id: UUID, payload: Mapping[str, Any]
) -> str:
    """Admits a report and returns its alert's id; the same request id changes nothing again.

    Raises RequestIdReused where the request id came with another payload.
    """
    async with deps.database.begin() as tx:
        known = await idempotency.replay(tx, caller=actor.id, request_id=request_id, request=payload)
        if known:
            return str(known["alert_id"])
        alert = await _admit(tx, deps, actor, draft, payload)
        response = {"alert_id": alert.alert_id}
        await idempotency.remember(tx, caller=actor.id, request_id=request_id, response=response)
    return alert.alert_id


async def _admit(
    tx: AsyncConnection, deps: Dependencies, actor: Actor, draft: Draft, payload: Mapping[str, Any]
) -> Alert:
    """Notifies the audience of a new alert, and of a graver report those who were not notified yet."""
    at = now()
    alert, before = await alerts.count_up(tx, draft, at) or await alerts.add(tx, draft, at)
    telemetry.mark(alert_id=alert.alert_id, correlation_id=alert.alert_id)
    await alerts.add_report(tx, uuid7(), alert.alert_id, draft.source, actor.id, payload)
    if before is None:
        await entries.add(tx, alert.alert_id, "raised", actor=actor, source=draft.source, level=alert.level)
    elif is_graver(alert.level, before):
        await entries.add(tx, alert.alert_id, "graver", actor=actor, source=draft.source, level=alert.level)
    else:
        return alert
    await _notify(tx, deps, alert, draft, at)
    return alert


async def _notify(tx: AsyncConnection, deps: Dependencies, alert: Alert, draft: Draft, at: datetime) -> None:
    audience = deps.reference.audience
    steps = route(
        audience,
        alert.level,
        alert.owners,
        alert.street,
        notifies_street=draft.notifies_street,
        notifies_others=draft.notifies_others,
    )
    organisations = await notify_audience(tx, alert, steps, at, deps.minute)
    raised = AlertRaised(
        event_id=uuid7(),
        aggregate_id=alert.alert_id,
        aggregate_version=alert.version,
        correlation_id=alert.alert_id,
        occurred_at=at,
        alert_id=alert.alert_id,
        kind=alert.kind,
        level=alert.level.value,
        street=alert.street,
        organisations=organisations,
    )
    await outbox.publish(tx, raised)
