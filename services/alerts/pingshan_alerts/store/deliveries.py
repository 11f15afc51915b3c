"""Queries on who is notified of an alert, how far each delivery got, and who acknowledged."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pingshan_kit.ids import uuid7
from pingshan_kit.storage.among import among
from pingshan_kit.storage.database import to_json
from sqlalchemy import Row, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_alerts.domain.alert import FIRST_STATE, Acknowledgement, Delivery, DeliveryState
from pingshan_alerts.domain.routing import Awaited, Channel, Step, Target
from pingshan_alerts.store.tables import acknowledgement, audience, delivery

_ADD_AUDIENCES = """
INSERT INTO audience (alert_id, who, organisations, post, channels, within_minutes, acknowledge_by, escalate_to)
SELECT alert_id, who, ARRAY(SELECT jsonb_array_elements_text(organisations::jsonb)), post,
    ARRAY(SELECT jsonb_array_elements_text(channels::jsonb)), within_minutes, acknowledge_by, escalate_to
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::timestamptz[], $8::text[])
    AS k (alert_id, who, organisations, post, channels, within_minutes, acknowledge_by, escalate_to)
ORDER BY alert_id, who
ON CONFLICT (alert_id, who) DO UPDATE
SET organisations = excluded.organisations, channels = excluded.channels, within_minutes = excluded.within_minutes,
    acknowledge_by = excluded.acknowledge_by, escalate_to = excluded.escalate_to
WHERE excluded.acknowledge_by < coalesce(audience.acknowledge_by, 'infinity')
"""
_ADD = """
INSERT INTO delivery (delivery_id, alert_id, organisation, post, channel, state)
SELECT delivery_id, alert_id, organisation, post, channel, state
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
    WITH ORDINALITY AS k (delivery_id, alert_id, organisation, post, channel, state, n)
ORDER BY n
ON CONFLICT (alert_id, organisation, post, channel) DO NOTHING
RETURNING delivery_id
"""

_SENT = text("state = 'sent'")
"""Repeats the predicate of the partial index."""


async def add_audiences(
    tx: AsyncConnection, groups: Iterable[tuple[str, Step]], now: datetime, minute: timedelta
) -> None:
    """Inserts the groups to notify of alerts, given by their ids; none may be given twice.

    A known group changes only where its new deadline is earlier than its old one. `minute` is how long a minute of
    `within_minutes` lasts.
    """
    rows = [_audience_row(alert_id, step, now, minute) for alert_id, step in groups]
    if rows:
        await tx.exec_driver_sql(_ADD_AUDIENCES, tuple(map(list, zip(*rows, strict=True))))


async def add(tx: AsyncConnection, targets: Iterable[tuple[str, Target]]) -> list[tuple[UUID, str, Target]]:
    """Inserts one delivery per alert and target, and returns them with their ids; those that exist are left out."""
    new = {uuid7(): each for each in dict.fromkeys(targets)}
    if not new:
        return []
    rows = [
        (delivery_id, alert_id, target.organisation, target.post, target.channel, FIRST_STATE[target.channel])
        for delivery_id, (alert_id, target) in new.items()
    ]
    added = await tx.exec_driver_sql(_ADD, tuple(map(list, zip(*rows, strict=True))))
    return [(delivery_id, *new[delivery_id]) for (delivery_id,) in added]


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


def _audience_row(alert_id: str, step: Step, now: datetime, minute: timedelta) -> tuple[Any, ...]:
    return (
        alert_id,
        step.who,
        to_json(step.organisations),
        step.post,
        to_json(step.channels),
        step.within_minutes,
        now + step.within_minutes * minute if step.within_minutes else None,
        step.escalate_to,
    )


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
