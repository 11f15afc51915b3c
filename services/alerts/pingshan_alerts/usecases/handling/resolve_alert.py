"""The matter is dealt with: the alert leaves the wall; the same thing later is a new alert."""

from uuid import UUID

from pingshan_kit import audit_log, idempotency, telemetry
from pingshan_kit.clock import now
from pingshan_kit.errors import Forbidden
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_alerts.domain.access import may_handle
from pingshan_alerts.domain.alert import AlertState
from pingshan_alerts.domain.errors import AlertNotFound, AlreadyResolved, NotARecipient
from pingshan_alerts.store import alerts, deliveries, entries


async def resolve_alert(actor: Actor, database: Database, *, request_id: UUID, alert_id: str) -> None:
    """Raises Forbidden, AlertNotFound, AlreadyResolved, NotARecipient, RequestIdReused."""
    if not may_handle(actor):
        raise Forbidden
    telemetry.mark(alert_id=alert_id, correlation_id=alert_id)
    async with database.begin() as tx:
        request = {"resolve": alert_id}
        if await idempotency.replay(tx, caller=actor.id, request_id=request_id, request=request):
            return
        alert = await alerts.find(tx, alert_id, lock=True)
        if alert is None:
            raise AlertNotFound(alert_id=alert_id)
        if actor.organisation not in await deliveries.told(tx, alert_id):
            raise NotARecipient(alert_id=alert_id)
        if alert.state is AlertState.RESOLVED:
            raise AlreadyResolved(alert_id=alert_id)
        at = now()
        await alerts.change(tx, alert_id, at, state=AlertState.RESOLVED, resolved_at=at)
        await entries.add(tx, alert_id, "resolved", actor=actor, organisation=actor.organisation or "")
        await audit_log.append(tx, actor=actor, act="alert.resolved", subject=alert_id, details={})
        await idempotency.remember(tx, caller=actor.id, request_id=request_id, response={"alert_id": alert_id})
