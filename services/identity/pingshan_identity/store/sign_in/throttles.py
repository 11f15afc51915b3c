"""Queries on the throttle of sign-ins: one row per key, for example an account on a network."""

from datetime import datetime
from typing import Any

from sqlalchemy import case, delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from pingshan_identity.domain.sign_in.throttle import FORGOTTEN_AFTER, FREE_ATTEMPTS, LONGEST
from pingshan_identity.store.tables import sign_in_throttle

_t = sign_in_throttle.c


async def admit(tx: AsyncConnection, key: bytes, now: datetime) -> datetime | None:
    """Counts an attempt before its password is checked, so that parallel attempts count too.

    Returns None where the attempt is admitted, else the moment until which it is refused.
    """
    attempts: ColumnElement[Any] = case((_t.attempted_at < now - FORGOTTEN_AFTER, 1), else_=_t.attempts + 1)
    admitted = await tx.execute(
        insert(sign_in_throttle)
        .values(key=key, attempts=1, blocked_until=now, attempted_at=now)
        .on_conflict_do_update(
            index_elements=[_t.key],
            set_={"attempts": attempts, "blocked_until": _blocked_until(attempts, now), "attempted_at": now},
            where=_t.blocked_until <= now,
        )
        .returning(_t.attempts)
    )
    if admitted.one_or_none() is not None:
        return None
    return (await tx.execute(select(_t.blocked_until).where(_t.key == key))).scalar_one_or_none()


async def forget(tx: AsyncConnection, key: bytes) -> None:
    """Deletes the count after the right password was given."""
    await tx.execute(delete(sign_in_throttle).where(_t.key == key))


def _blocked_until(attempts: ColumnElement[Any], now: datetime) -> ColumnElement[Any]:
    """Returns `throttle.delay_after` from `now` on, as PostgreSQL computes it within the same statement."""
    beyond = func.least(attempts - FREE_ATTEMPTS, 20)
    seconds = case((beyond < 0, 0), else_=func.least(func.power(2, beyond), LONGEST.total_seconds()))
    return literal(now) + func.make_interval(0, 0, 0, 0, 0, 0, seconds)
