"""Resolves an alert: it leaves the wall, and a later report of the same thing raises a new one."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_kit import audit_log, idempotency, telemetry
from pingshan_kit.clock import now
from pingshan_values.actor import Actor

from pingshan_alerts.domain.access import officer
from pingshan_alerts.domain.alert import AlertState
from pingshan_alerts.store import alerts, entries
from pingshan_alerts.usecases.dependencies import Dependencies
from pingshan_alerts.usecases.handling.shared import lock_answerable


@dataclass(frozen=True, slots=True)
class ResolveAlert:
    request_id: UUID
    alert_id: str


async def resolve_alert(deps: Dependencies, actor: Actor, command: ResolveAlert) -> None:
    """Resolves the alert; the same request id changes nothing again.

    Raises NotAllowed, AlertNotFound, AlreadyResolved, NotARecipient, and RequestIdReused where the request id came with
    other content.
    """
    by, alert_id = officer(actor), command.alert_id
    telemetry.mark(alert_id=alert_id, correlation_id=alert_id)
    async with deps.database.begin() as tx:
        request = {"resolve": alert_id}
        if await idempotency.replay(tx, caller=actor.id, request_id=command.request_id, request=request):
            return
        await lock_answerable(tx, alert_id, by.organisation)
        at = now()
        await alerts.change(tx, alert_id, at, state=AlertState.RESOLVED, resolved_at=at)
        await entries.add(tx, alert_id, "resolved", actor=actor, organisation=by.organisation)
        await audit_log.append(tx, actor=actor, act="alert.resolved", subject=alert_id, details={})
        response = {"alert_id": alert_id}
        await idempotency.remember(tx, caller=actor.id, request_id=command.request_id, response=response)
