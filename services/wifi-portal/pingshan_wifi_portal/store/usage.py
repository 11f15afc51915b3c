"""Queries on the day's volume per person."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pingshan_kit.storage.among import among
from sqlalchemy import Row, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_wifi_portal.domain.quota import Plan
from pingshan_wifi_portal.store.tables import plan, usage, visitor, wifi_session

_ADD = text(
    "INSERT INTO usage (visitor_id, day, octets) "
    "SELECT visitor_id, :day, octets FROM unnest(CAST(:visitors AS uuid[]), CAST(:octets AS bigint[])) "
    "AS d(visitor_id, octets) ORDER BY visitor_id "
    "ON CONFLICT (visitor_id, day) DO UPDATE SET octets = usage.octets + excluded.octets "
    "RETURNING visitor_id, octets, exhausted_at"
)


async def add(tx: AsyncConnection, day: date, octets: Mapping[UUID, int]) -> dict[UUID, int]:
    """Adds octets to the day. Returns the new sums of the persons who had not used up their volume before."""
    visitors = list(octets)
    rows = await tx.execute(_ADD, {"day": day, "visitors": visitors, "octets": [octets[v] for v in visitors]})
    return {row.visitor_id: row.octets for row in rows if row.exhausted_at is None}


async def used(tx: AsyncConnection, visitor_id: UUID, day: date) -> int:
    """Returns the octets of the day, 0 where there are none."""
    query = select(usage.c.octets).where(usage.c.visitor_id == visitor_id, usage.c.day == day)
    return (await tx.execute(query)).scalar_one_or_none() or 0


async def lock_used(tx: AsyncConnection, visitor_id: UUID, day: date) -> int:
    """Locks the person's day and returns its octets, so that nobody else uses the volume up meanwhile."""
    row = insert(usage).values(visitor_id=visitor_id, day=day, octets=0)
    kept = row.on_conflict_do_update(index_elements=["visitor_id", "day"], set_={"octets": usage.c.octets})
    octets: int = (await tx.execute(kept.returning(usage.c.octets))).scalar_one()
    return octets


async def mark_exhausted(tx: AsyncConnection, visitor_id: UUID, day: date, now: datetime) -> None:
    mine = (usage.c.visitor_id == visitor_id) & (usage.c.day == day)
    await tx.execute(update(usage).where(mine).values(exhausted_at=now))


async def plans(tx: AsyncConnection, visitors: Sequence[UUID]) -> dict[UUID, Plan]:
    query = select(visitor.c.visitor_id, plan).join(plan, plan.c.plan_id == visitor.c.plan_id)
    rows = await tx.execute(query.where(among(visitor.c.visitor_id, visitors)))
    return {row.visitor_id: to_plan(row) for row in rows}


async def slowed_without_reason(tx: AsyncConnection, day: date) -> list[UUID]:
    """Returns the persons with a slowed open session who have not used up the day's volume."""
    today = (usage.c.visitor_id == wifi_session.c.visitor_id) & (usage.c.day == day)
    exhausted = select(usage.c.visitor_id).where(today, usage.c.exhausted_at.is_not(None)).exists()
    query = select(wifi_session.c.visitor_id).distinct()
    query = query.where(wifi_session.c.slowed, wifi_session.c.ended_at.is_(None), ~exhausted)
    return [row.visitor_id for row in await tx.execute(query)]


def to_plan(row: Row[Any]) -> Plan:
    return Plan(**{name: getattr(row, name) for name in Plan.__dataclass_fields__})
