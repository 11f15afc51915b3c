"""Queries on the throttles of sign-ins: one row per count, for example of an account on a network."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage import budgets, waits
from pingshan_kit.storage.among import among
from pingshan_kit.storage.waits import Slowed
from pingshan_values.budget import Budget
from sqlalchemy import case, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from pingshan_identity.domain.sign_in.throttle import FORGOTTEN_AFTER, Counted, Limit, limit_of
from pingshan_identity.store.tables import sign_in_throttle

_t = sign_in_throttle.c


@dataclass(frozen=True, slots=True)
class Count:
    """Names one count, and what an administrator sees of it."""

    counted: Counted
    key: bytes
    person_id: str | None = None
    subject: str | None = None
    """Network, telephone number or range."""


async def admit(tx: AsyncConnection, personal: PersonalData, counts: Sequence[Count], now: datetime) -> datetime | None:
    """Counts an attempt before its secret is checked, so that parallel attempts count too.

    Returns None where all counts admit it, else the moment until which it is refused; then none of them counts it.
    """
    step = await tx.begin_nested()
    for count in sorted(counts, key=lambda each: each.key):  # one order for everybody, so that nobody waits in a ring
        if not await _admits(tx, personal, count, now):
            await step.rollback()
            return await _blocked(tx, [each.key for each in counts])
    await step.commit()
    return None


async def _admits(tx: AsyncConnection, personal: PersonalData, count: Count, now: datetime) -> bool:
    attempts: ColumnElement[Any] = case((_t.attempted_at < now - FORGOTTEN_AFTER, 1), else_=_t.attempts + 1)
    moment = func.greatest(literal(now), _t.attempted_at)
    blocked = _blocked_until(attempts, moment, limit_of(count.counted))
    admitted = await tx.execute(
        insert(sign_in_throttle)
        .values(key=count.key, attempts=1, blocked_until=now, attempted_at=now, **_seen(personal, count))
        .on_conflict_do_update(
            index_elements=[_t.key],
            set_={"attempts": attempts, "blocked_until": blocked, "attempted_at": moment},
            where=_t.blocked_until <= moment,
        )
        .returning(_t.attempts)
    )
    return admitted.one_or_none() is not None


async def _blocked(tx: AsyncConnection, keys: Sequence[bytes]) -> datetime | None:
    found = await tx.execute(select(func.max(_t.blocked_until)).where(among(_t.key, keys)))
    until: datetime | None = found.scalar_one()
    return until


async def spend(
    tx: AsyncConnection, personal: PersonalData, count: Count, budget: Budget, now: datetime
) -> datetime | None:
    """Spends one message of a budget. Returns None where there was one left, else when there will be."""
    return await budgets.spend(tx, sign_in_throttle, count.key, budget, now, **_seen(personal, count))


async def give_back(tx: AsyncConnection, counts: Sequence[Count]) -> None:
    """Takes an attempt that succeeded out of the counts; what others tried stays counted."""
    for count in sorted(counts, key=lambda each: each.key):
        fewer = _t.attempts - 1
        gone = await tx.execute(delete(sign_in_throttle).where(_t.key == count.key, _t.attempts <= 1))
        if not gone.rowcount:
            until = _blocked_until(fewer, _t.attempted_at, limit_of(count.counted))
            change = update(sign_in_throttle).where(_t.key == count.key)
            await tx.execute(change.values(attempts=fewer, blocked_until=until))


async def forget(tx: AsyncConnection, keys: Collection[bytes]) -> None:
    """Deletes counts: the right secret was given, or an administrator lifted them."""
    await tx.execute(delete(sign_in_throttle).where(among(_t.key, keys)))


async def note_refused(
    tx: AsyncConnection, personal: PersonalData, count: Count, blocked_until: datetime, now: datetime
) -> None:
    """Keeps that a number gets no code until then, for administrators to see; the messages themselves are counted."""
    await waits.note_refused(tx, sign_in_throttle, count.key, blocked_until, now, **_seen(personal, count))


async def lifted_at(tx: AsyncConnection, key: bytes) -> datetime | None:
    return (await waits.lifted(tx, sign_in_throttle, [key])).get(key)


async def lift_number(tx: AsyncConnection, key: bytes, now: datetime) -> None:
    await waits.lift(tx, sign_in_throttle, key, now)


async def slowed(tx: AsyncConnection, personal: PersonalData, now: datetime, limit: int) -> list[Slowed]:
    """Returns the counts that refuse attempts at this moment, those that do so for longest first."""
    return [each for each in await waits.slowed(tx, personal, sign_in_throttle, now, limit=limit) if each.counted]


async def slowed_by_key(tx: AsyncConnection, personal: PersonalData, key: bytes, now: datetime) -> Slowed | None:
    found = await waits.slowed_by_key(tx, personal, sign_in_throttle, key, now)
    return found if found and found.counted else None


def _seen(personal: PersonalData, count: Count) -> dict[str, Any]:
    return {
        "counted": count.counted.value,
        "person_id": UUID(count.person_id) if count.person_id else None,
        **waits.sealed_subject(personal, sign_in_throttle, count.key, count.subject),
    }


def _blocked_until(attempts: ColumnElement[Any], since: ColumnElement[Any], limit: Limit) -> ColumnElement[Any]:
    """Returns `throttle.delay_after` from `since` on, as PostgreSQL computes it within the same statement."""
    beyond = func.least(attempts - limit.free, 20)
    seconds = case((beyond < 0, 0), else_=func.least(func.power(2, beyond), limit.longest.total_seconds()))
    return since + func.make_interval(0, 0, 0, 0, 0, 0, seconds)
