"""Enqueues what follows once it is decided who is notified: SMS, webhooks, deadlines."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_kit import jobs
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_alerts.domain.alert import DeliveryState
from pingshan_alerts.domain.routing import DUTY_OFFICER, Channel, Target
from pingshan_alerts.store import deliveries, webhooks
from pingshan_alerts.usecases.dependencies import Dependencies
from pingshan_alerts.usecases.job_kinds import (
    DELIVER_SMS,
    DELIVER_WEBHOOK,
    ESCALATE_ALERT,
    DeliveryToMake,
    GroupToEscalate,
)


@dataclass(frozen=True, slots=True)
class DispatchAlert:
    alert_id: str


async def dispatch_alert(deps: Dependencies, command: DispatchAlert) -> None:
    """Enqueues a job for each queued SMS, each new webhook and each deadline; none of them twice."""
    alert_id = command.alert_id
    async with deps.database.begin() as tx:
        known = await deliveries.of_alert(tx, alert_id)
        hooked = await webhooks.having(tx, sorted({delivery.organisation for delivery in known}))
        targets = [Target(organisation, DUTY_OFFICER, Channel.WEBHOOK) for organisation in hooked]
        for delivery_id, _ in await deliveries.add(tx, alert_id, targets):
            await _enqueue(tx, DELIVER_WEBHOOK, delivery_id)
        for delivery in known:
            if delivery.channel is Channel.SMS and delivery.state is DeliveryState.QUEUED:
                await _enqueue(tx, DELIVER_SMS, UUID(delivery.delivery_id))
        await _await(tx, alert_id)


async def _enqueue(tx: AsyncConnection, kind: jobs.JobKind[DeliveryToMake], delivery_id: UUID) -> None:
    await jobs.enqueue(tx, kind, str(delivery_id), DeliveryToMake(delivery_id=delivery_id))


async def _await(tx: AsyncConnection, alert_id: str) -> None:
    """Enqueues one job per group and deadline; an earlier deadline is a job of its own, yet a group escalates once."""
    for group in await deliveries.audience_of(tx, alert_id):
        if at := group.escalates_at:
            payload = GroupToEscalate(alert_id=alert_id, who=group.who)
            await jobs.enqueue(tx, ESCALATE_ALERT, f"{alert_id}/{group.who}/{at.isoformat()}", payload, run_at=at)
