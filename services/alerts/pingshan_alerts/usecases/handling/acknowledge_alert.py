"""An officer of an organisation that was told says: we heard it."""

from uuid import UUID

from pingshan_events.alerts import AlertAcknowledged
from pingshan_kit import audit_log, idempotency, telemetry
from pingshan_kit.clock import now
from pingshan_kit.errors import Forbidden, InvalidRequest
from pingshan_kit.events import outbox
from pingshan_kit.ids import uuid7
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_alerts.domain.access import may_handle
from pingshan_alerts.domain.alert import Alert, AlertState
from pingshan_alerts.domain.errors import AlertNotFound, AlreadyResolved, NotARecipient
from pingshan_alerts.domain.text import storable
from pingshan_alerts.store import alerts, deliveries, entries

MAX_NOTE = 500


async def acknowledge_alert(
    actor: Actor, database: Database, *, request_id: UUID, alert_id: str, note: str = ""
) -> None:
    """The first of each organisation counts; a second one of the same organisation changes nothing.

    Raises Forbidden, InvalidRequest, AlertNotFound, AlreadyResolved, NotARecipient, RequestIdReused.
    """
    if not (may_handle(actor) and actor.organisation and actor.person_id):
        raise Forbidden
    if len(note) > MAX_NOTE or not storable(note):
        raise InvalidRequest([("note", f"不超过 {MAX_NOTE} 字的文字", f"text of up to {MAX_NOTE} characters")])
    telemetry.mark(alert_id=alert_id, correlation_id=alert_id)
    async with database.begin() as tx:
        request = {"acknowledge": alert_id, "note": note}
        if await idempotency.replay(tx, caller=actor.id, request_id=request_id, request=request):
            return
        alert = await alerts.find(tx, alert_id, lock=True)
        if alert is None:
            raise AlertNotFound(alert_id=alert_id)
        if actor.organisation not in await deliveries.told(tx, alert_id):
            raise NotARecipient(alert_id=alert_id)
        if alert.state is AlertState.RESOLVED:
            raise AlreadyResolved(alert_id=alert_id)
        if await deliveries.acknowledge(tx, alert_id, actor.organisation, actor.person_id, note):
            await _note(tx, actor, alert, actor.organisation)
        await idempotency.remember(tx, caller=actor.id, request_id=request_id, response={"alert_id": alert_id})


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
