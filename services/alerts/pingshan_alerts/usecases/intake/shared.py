"""A report that its sender may send twice: one transaction, durable before it is acknowledged."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from pingshan_kit import idempotency
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_alerts.domain.alert import Draft
from pingshan_alerts.domain.reference import Reference
from pingshan_alerts.usecases.intake.admit_report import admit_report


async def admit_once(
    actor: Actor,
    database: Database,
    reference: Reference,
    minute: timedelta,
    *,
    draft: Draft,
    request_id: UUID,
    payload: Mapping[str, Any],
) -> str:
    """The alert's id. Raises RequestIdReused."""
    async with database.begin() as tx:
        known = await idempotency.replay(tx, caller=actor.id, request_id=request_id, request=payload)
        if known:
            return str(known["alert_id"])
        alert = await admit_report(actor, tx, reference, minute, draft=draft, payload=payload)
        response = {"alert_id": alert.alert_id}
        await idempotency.remember(tx, caller=actor.id, request_id=request_id, response=response)
    return alert.alert_id
