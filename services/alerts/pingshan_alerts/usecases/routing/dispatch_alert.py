"""Enqueues what follows once it is decided who is notified: SMS, webhooks, deadlines."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pingshan_kit import jobs

from pingshan_alerts.domain.alert import DeliveryState
from pingshan_alerts.domain.routing import DUTY_OFFICER, Awaited, Channel, Target
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
        added = await deliveries.add(tx, [(alert_id, target) for target in targets])
        following: list[jobs.Queued[Any]] = [_delivery(DELIVER_WEBHOOK, delivery_id) for delivery_id, _, _ in added]
        following += [
            _delivery(DELIVER_SMS, UUID(delivery.delivery_id))
            for delivery in known
            if delivery.channel is Channel.SMS and delivery.state is DeliveryState.QUEUED
        ]
        following += _deadlines(alert_id, await deliveries.audience_of(tx, alert_id))
        await jobs.enqueue_all(tx, following)


def _delivery(kind: jobs.JobKind[DeliveryToMake], delivery_id: UUID) -> jobs.Queued[DeliveryToMake]:
    return jobs.Queued(kind, str(delivery_id), DeliveryToMake(delivery_id=delivery_id))


def _deadlines(alert_id: str, groups: Iterable[Awaited]) -> list[jobs.Queued[GroupToEscalate]]:
    """Returns one job per group and deadline; an earlier deadline is a job of its own, yet a group escalates once."""
    return [
        jobs.Queued(
            ESCALATE_ALERT,
            f"{alert_id}/{group.who}/{at.isoformat()}",
            GroupToEscalate(alert_id=alert_id, who=group.who),
            run_at=at,
        )
        for group in groups
        if (at := group.escalates_at)
    ]
