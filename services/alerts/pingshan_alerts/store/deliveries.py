"""Queries on who is notified of an alert, how far each delivery got, and who acknowledged."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pingshan_kit.ids import uuid7
from pingshan_kit.storage.among import among
from sqlalchemy import ColumnElement, Row, func, literal_column, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_alerts.domain.alert import FIRST_STATE, Acknowledgement, Delivery, DeliveryState
from pingshan_alerts.domain.routing import Awaited, Channel, Step, Target
from pingshan_alerts.store.tables import acknowledgement, audience, delivery

_NEVER: ColumnElement[datetime] = literal_column("'infinity'::timestamptz")


_SENT = text("state = 'sent'")
"""Repeats the predicate of the partial index."""


async def add_audience(
    tx: AsyncConnection, alert_id: str, steps: Sequence[Step], now: datetime, minute: timedelta
) -> list[Step]:
    """Inserts the groups to notify; a known group changes only where its new deadline is earlier than its old one.

    Returns the steps that were inserted or changed. `minute` is how long a minute of `within_minutes` lasts. There must
    be at least one step.
    """
    rows = [_audience_row(alert_id, step, now, minute) for step in steps]
    row = insert(audience).values(rows)
    sooner = {
        name: row.excluded[name]
        for name in ("organisations", "channels", "within_minutes", "acknowledge_by", "escalate_to")
    }
    row = row.on_conflict_do_update(
        index_elements=["alert_id", "who"],
        set_=sooner,
        where=row.excluded.acknowledge_by < func.coalesce(audience.c.acknowledge_by, _NEVER),
    )
    changed = {who for (who,) in await tx.execute(row.returning(audience.c.who))}
    return [step for step in steps if step.who in changed]


async def add(tx: AsyncConnection, alert_id: str, targets: Iterable[Target]) -> list[tuple[UUID, Target]]:
    """Inserts one delivery per target and returns them with their ids; targets that have one already are left out."""
    by_key = {(target.organisation, target.post, target.channel): target for target in targets}
    if not by_key:
        return []
    rows = [
        {
            "delivery_id": uuid7(),
            "alert_id": alert_id,
            "organisation": target.organisation,
            "post": target.post,
            "channel": target.channel,
            "state": FIRST_STATE[target.channel],
        }
        for target in by_key.values()
    ]
    columns = (delivery.c.delivery_id, delivery.c.organisation, delivery.c.post, delivery.c.channel)
    added = await tx.execute(insert(delivery).values(rows).on_conflict_do_nothing().returning(*columns))
    return [(row.delivery_id, by_key[row.organisation, row.post, Channel(row.channel)]) for row in added]


async def of_alert(tx: AsyncConnection, alert_id: str) -> list[Delivery]:
    query = select(delivery).where(delivery.c.alert_id == alert_id)
    return [_delivery(row) for row in await tx.execute(query.order_by(delivery.c.delivery_id))]


async def of_alerts(tx: AsyncConnection, alert_ids: Sequence[str]) -> dict[str, list[Delivery]]:
    """Returns the deliveries of each alert by alert id, the oldest first; an empty list where an alert has none."""
    found: dict[str, list[Delivery]] = {alert_id: [] for alert_id in alert_ids}
    query = select(delivery).where(among(delivery.c.alert_id, alert_ids)).order_by(delivery.c.delivery_id)
    for row in await tx.execute(query):
        found[row.alert_id].append(_delivery(row))
    return found


async def find(tx: AsyncConnection, delivery_id: UUID, *, lock: bool = False) -> tuple[str, Delivery] | None:
    """Returns the alert's id and the delivery, or None where no delivery has this id."""
    query = select(delivery).where(delivery.c.delivery_id == delivery_id)
    row = (await tx.execute(query.with_for_update() if lock else query)).one_or_none()
    return (row.alert_id, _delivery(row)) if row else None


async def set_state(
    tx: AsyncConnection, delivery_id: UUID, state: DeliveryState, now: datetime, failure_code: str = ""
) -> bool:
    """Sets state and failure code. Returns False, changing nothing, where it is unknown or has that state already."""
    row = update(delivery).where(delivery.c.delivery_id == delivery_id, delivery.c.state != state)
    row = row.values(state=state, failure_code=failure_code, updated_at=now).returning(delivery.c.delivery_id)
    return (await tx.execute(row)).one_or_none() is not None


async def show(
    tx: AsyncConnection, alert_ids: Sequence[str], organisation: str, now: datetime
) -> list[tuple[str, str]]:
    """Marks the organisation's wall and app deliveries of these alerts as delivered, if they are in the state `sent`.

    Returns alert id and channel of each one that changed.
    """
    screen = delivery.c.channel.in_([Channel.WALL, Channel.APP])
    row = update(delivery).where(
        screen, _SENT, delivery.c.organisation == organisation, among(delivery.c.alert_id, alert_ids)
    )
    row = row.values(state=DeliveryState.DELIVERED, updated_at=now)
    return [
        (alert_id, channel)
        for alert_id, channel in await tx.execute(row.returning(delivery.c.alert_id, delivery.c.channel))
    ]


async def audience_of(tx: AsyncConnection, alert_id: str) -> list[Awaited]:
    """Returns the groups that were notified of the alert, the earliest deadline first, those without one last."""
    query = select(audience).where(audience.c.alert_id == alert_id)
    return [_awaited(row) for row in await tx.execute(query.order_by(audience.c.acknowledge_by, audience.c.who))]


async def audiences(tx: AsyncConnection, alert_ids: Sequence[str]) -> dict[str, list[Awaited]]:
    """Returns the notified groups by alert id, each list as `audience_of` orders it; empty where an alert has none."""
    found: dict[str, list[Awaited]] = {alert_id: [] for alert_id in alert_ids}
    query = select(audience).where(among(audience.c.alert_id, alert_ids))
    for row in await tx.execute(query.order_by(audience.c.acknowledge_by, audience.c.who)):
        found[row.alert_id].append(_awaited(row))
    return found


async def lock_step(tx: AsyncConnection, alert_id: str, who: str) -> tuple[Awaited, Step] | None:
    """Locks a notified group and returns it with its step. Returns None where the alert has no such group."""
    query = select(audience).where(audience.c.alert_id == alert_id, audience.c.who == who).with_for_update()
    row = (await tx.execute(query)).one_or_none()
    return (_awaited(row), _step(row)) if row else None


async def mark_escalated(tx: AsyncConnection, alert_id: str, who: str, now: datetime) -> None:
    row = update(audience).where(audience.c.alert_id == alert_id, audience.c.who == who).values(escalated_at=now)
    await tx.execute(row)


async def acknowledge(tx: AsyncConnection, alert_id: str, organisation: str, person_id: str, note: str) -> bool:
    """Inserts the organisation's acknowledgement. Returns False where it has acknowledged this alert already."""
    row = insert(acknowledgement).values(alert_id=alert_id, organisation=organisation, person_id=person_id, note=note)
    row = row.on_conflict_do_nothing()
    return (await tx.execute(row.returning(acknowledgement.c.alert_id))).one_or_none() is not None


async def acknowledgements(tx: AsyncConnection, alert_ids: Sequence[str]) -> dict[str, list[Acknowledgement]]:
    """Returns the acknowledgements by alert id, the oldest first; an empty list where an alert has none."""
    found: dict[str, list[Acknowledgement]] = {alert_id: [] for alert_id in alert_ids}
    query = select(acknowledgement).where(among(acknowledgement.c.alert_id, alert_ids))
    for row in await tx.execute(query.order_by(acknowledgement.c.acknowledged_at)):
        made = Acknowledgement(row.organisation, row.person_id, row.note, row.acknowledged_at)
        found[row.alert_id].append(made)
    return found


async def notified(tx: AsyncConnection, alert_id: str) -> list[str]:
    """Returns the codes of the organisations to which the alert has a delivery, in alphabetical order."""
    query = select(delivery.c.organisation).where(delivery.c.alert_id == alert_id).distinct()
    return sorted((await tx.execute(query)).scalars())


async def channel_counts(tx: AsyncConnection, since: datetime) -> dict[tuple[str, str], int]:
    """Returns the number of deliveries changed at or after `since` by channel and state, without those that are 0."""
    query = select(delivery.c.channel, delivery.c.state, func.count()).where(delivery.c.updated_at >= since)
    rows = await tx.execute(query.group_by(delivery.c.channel, delivery.c.state))
    return {(channel, state): count for channel, state, count in rows}


def _audience_row(alert_id: str, step: Step, now: datetime, minute: timedelta) -> dict[str, Any]:
    return {
        "alert_id": alert_id,
        "who": step.who,
        "organisations": list(step.organisations),
        "post": step.post,
        "channels": list(step.channels),
        "within_minutes": step.within_minutes,
        "acknowledge_by": now + step.within_minutes * minute if step.within_minutes else None,
        "escalate_to": step.escalate_to,
    }


def _awaited(row: Row[Any]) -> Awaited:
    return Awaited(
        who=row.who,
        organisations=tuple(row.organisations),
        post=row.post,
        within_minutes=row.within_minutes,
        acknowledge_by=row.acknowledge_by,
        escalate_to=row.escalate_to,
        escalated_at=row.escalated_at,
    )


def _step(row: Row[Any]) -> Step:
    channels = tuple(Channel(channel) for channel in row.channels)
    return Step(row.who, tuple(row.organisations), channels, row.within_minutes, row.escalate_to, row.post)


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        delivery_id=str(row.delivery_id),
        organisation=row.organisation,
        post=row.post,
        channel=Channel(row.channel),
        state=DeliveryState(row.state),
        failure_code=row.failure_code,
        updated_at=row.updated_at,
    )
