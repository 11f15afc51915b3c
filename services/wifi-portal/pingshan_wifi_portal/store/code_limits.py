"""Queries on limits of codes: budgets that are spent here, and what other limits refused."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage import budgets, waits
from pingshan_kit.storage.waits import Slowed
from pingshan_values.budget import Budget
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_wifi_portal.domain.sign_in import Counted
from pingshan_wifi_portal.store.tables import code_limit


@dataclass(frozen=True, slots=True)
class Count:
    """Names what is counted."""

    counted: Counted
    subject: str
    key: bytes


def count_of(personal: PersonalData, counted: Counted, subject: str) -> Count:
    return Count(counted, subject, personal.index(f"codes {counted} {subject}"))


async def spend(
    tx: AsyncConnection, personal: PersonalData, count: Count, budget: Budget, now: datetime
) -> datetime | None:
    """Spends one code of a budget. Returns None where there was one left, else when there will be."""
    return await budgets.spend(tx, code_limit, count.key, budget, now, **_seen(personal, count))


async def note_refused(
    tx: AsyncConnection, personal: PersonalData, count: Count, blocked_until: datetime, now: datetime
) -> None:
    """Keeps that codes are refused until then, for operators to see; the codes themselves are counted."""
    await waits.note_refused(tx, code_limit, count.key, blocked_until, now, **_seen(personal, count))


async def lifted(tx: AsyncConnection, keys: Collection[bytes]) -> dict[bytes, datetime]:
    """Returns from when on the codes of each key count, of those that were lifted."""
    return await waits.lifted(tx, code_limit, keys)


async def lift(tx: AsyncConnection, slowed: Slowed, now: datetime) -> None:
    """Begins a budget anew, or lets the codes count from now on."""
    if slowed.counted in {Counted.RANGE, Counted.ALL}:
        await tx.execute(delete(code_limit).where(code_limit.c.key == slowed.key))
    else:
        await waits.lift(tx, code_limit, slowed.key, now)


async def slowed(tx: AsyncConnection, personal: PersonalData, now: datetime, limit: int) -> list[Slowed]:
    """Returns the limits that refuse codes at this moment, those that do so for longest first."""
    return await waits.slowed(tx, personal, code_limit, now, limit=limit)


async def slowed_by_key(tx: AsyncConnection, personal: PersonalData, key: bytes, now: datetime) -> Slowed | None:
    return await waits.slowed_by_key(tx, personal, code_limit, key, now)


def _seen(personal: PersonalData, count: Count) -> dict[str, Any]:
    sealed = waits.sealed_subject(personal, code_limit, count.key, count.subject)
    return {"counted": count.counted.value, **sealed}
