"""Acknowledges an alert for an organisation that was notified."""

from dataclasses import dataclass, field
from uuid import UUID

from pingshan_events.alerts import AlertAcknowledged
from pingshan_kit import audit_log, idempotency, telemetry
from pingshan_kit.clock import now
from pingshan_kit.events import outbox
from pingshan_kit.ids import uuid7
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_alerts.domain.access import officer
from pingshan_alerts.domain.alert import Alert, AlertState, check_note
from pingshan_alerts.store import alerts, deliveries, entries
from pingshan_alerts.usecases.dependencies import Dependencies
from pingshan_alerts.usecases.handling.shared import lock_answerable


@dataclass(frozen=True, slots=True)
class AcknowledgeAlert:
    request_id: UUID
    alert_id: str
    note: str = field(default="", repr=False)


async def acknowledge_alert(deps: Dependencies, actor: Actor, command: AcknowledgeAlert) -> None:
    """Acknowledges for the officer's organisation; a second one of the same organisation changes nothing.

    Raises NotAllowed, RequestInvalid, AlertNotFound, AlreadyResolved, NotARecipient, and RequestIdReused where the
    request id came with other content.
    """
    by, alert_id = officer(actor), command.alert_id
    check_note(command.note)
    telemetry.mark(alert_id=alert_id, correlation_id=alert_id)
    async with deps.database.begin() as tx:
        request = {"acknowledge": alert_id, "note": command.note}
        if await idempotency.replay(tx, caller=actor.id, request_id=command.request_id, request=request):
            return
        alert = await lock_answerable(tx, alert_id, by.organisation)
        if await deliveries.acknowledge(tx, alert_id, by.organisation, by.person_id, command.note):
            await _note(tx, actor, alert, by.organisation)
        response = {"alert_id": alert_id}
        await idempotency.remember(tx, caller=actor.id, request_id=command.request_id, response=response)


async def _note(tx: AsyncConnection, actor: Actor, alert: Alert, organisation: str) -> None:
    at = now()
    first = alert.state is AlertState.OPEN
    values = {"state": AlertState.ACKNOWLEDGED, "acknowledged_at": at} if first else {}
    changed = await alerts.change(tx, alert.alert_id, at, **values)
    await entries.add(tx, alert.alert_id, "acknowledged", actor=actor, organisation=organisation)
    await audit_log.append(
        tx, actor=actor, act="alert.acknowledged", subject=alert.alert_id, details={"organisation": organisation}
    )
    acknowledged = AlertAcknowledged(
        event_id=uuid7(),
        aggregate_id=alert.alert_id,
        aggregate_version=changed.version,
        correlation_id=alert.alert_id,
        occurred_at=at,
        alert_id=alert.alert_id,
        organisation=organisation,
    )
    await outbox.publish(tx, acknowledged)
