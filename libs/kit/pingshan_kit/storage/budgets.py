"""Budgets in the database: `pingshan_values.budget.Budget`, spent in one statement, exactly also side by side.

The table has the columns `key` (primary), `attempts`, `blocked_until` and `attempted_at`, and what the caller adds.
"""

from datetime import datetime
from typing import Any

from pingshan_values.budget import Budget
from sqlalchemy import Table, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection


async def spend(
    tx: AsyncConnection, table: Table, key: bytes, budget: Budget, now: datetime, **columns: Any
) -> datetime | None:
    """Spends one of the budget under `key`. Returns None where one was left, else from when on there is one.

    `columns` are set in a new row.
    """
    known = table.c
    first = budget.floor(now) + budget.pace
    row = insert(table).values(key=key, attempts=1, blocked_until=first, attempted_at=now, **columns)
    spent = await tx.execute(
        row.on_conflict_do_update(
            index_elements=[known.key],
            set_={
                "attempts": known.attempts + 1,
                "blocked_until": func.greatest(known.blocked_until, literal(budget.floor(now))) + literal(budget.pace),
                "attempted_at": now,
            },
            where=known.blocked_until <= now,
        ).returning(known.key)
    )
    if spent.one_or_none() is not None:
        return None
    found = await tx.execute(select(known.blocked_until).where(known.key == key))
    until: datetime | None = found.scalar_one_or_none()
    return until
