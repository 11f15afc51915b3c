"""Raises an alert at the request of a person or a system."""

from dataclasses import asdict, dataclass
from uuid import UUID

from pingshan_values.actor import Actor

from pingshan_alerts.domain.access import check_may_raise
from pingshan_alerts.domain.alert import Alert
from pingshan_alerts.domain.alert_request import AlertRequest
from pingshan_alerts.domain.errors import AlertNotFound
from pingshan_alerts.store import alerts
from pingshan_alerts.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class RaiseAlert:
    request_id: UUID
    alert: AlertRequest


async def raise_alert(deps: Dependencies, actor: Actor, command: RaiseAlert) -> Alert:
    """Returns the alert, new or with one more report; the same request id counts none again.

    Raises NotAllowed, AlertInvalid, OutsideDistrict, and RequestIdReused where the request id came with other content.
    """
    check_may_raise(actor)
    draft = command.alert.draft(deps.reference)
    payload = {**asdict(command.alert), "labels": dict(command.alert.labels)}
    alert_id = await deps.admissions.admit(actor, draft, request_id=command.request_id, payload=payload)
    async with deps.database.read() as tx:
        alert = await alerts.find(tx, alert_id)
    if alert is None:
        raise AlertNotFound(alert_id=alert_id)
    return alert
