"""Counts of requests by requester, item, outcome and day, which are also what quotas are held against."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.sharing.statistics import Counted
from pingshan_e_license.store.tables import holder_answer_count, sharing_count


async def count(
    tx: AsyncConnection, *, requester: str, item: str, outcome: str, day: date, most: int | None = None
) -> bool:
    """Counts a request by one statement. Returns False, and counts nothing, where there are `most` already."""
    if most is not None and most < 1:
        return False
    values = {"day": day, "requester": requester, "item": item, "outcome": outcome, "requests": 1}
    statement = insert(sharing_count).values(values)
    counted = statement.on_conflict_do_update(
        index_elements=["day", "requester", "item", "outcome"],
        set_={"requests": sharing_count.c.requests + 1},
        where=None if most is None else sharing_count.c.requests < most,
    )
    return (await tx.execute(counted.returning(sharing_count.c.requests))).one_or_none() is not None


async def count_of_holder(
    tx: AsyncConnection, *, item: str, holder_code_index: bytes, day: date, most: int, at: datetime
) -> bool:
    """Counts an answer about a holder by one statement. Returns False where there are `most` already."""
    if most < 1:
        return False
    values = {"item": item, "holder_code_index": holder_code_index, "day": day, "answers": 1, "counted_at": at}
    statement = insert(holder_answer_count).values(values)
    counted = statement.on_conflict_do_update(
        index_elements=["item", "holder_code_index", "day"],
        set_={"answers": holder_answer_count.c.answers + 1, "counted_at": at},
        where=holder_answer_count.c.answers < most,
    )
    return (await tx.execute(counted.returning(holder_answer_count.c.answers))).one_or_none() is not None


async def totals(tx: AsyncConnection, *, first: date, last: date) -> Sequence[Counted]:
    """Returns the requests of these days by requester, item and outcome."""
    columns = (sharing_count.c.requester, sharing_count.c.item, sharing_count.c.outcome)
    query = select(*columns, func.sum(sharing_count.c.requests)).where(sharing_count.c.day.between(first, last))
    rows = await tx.execute(query.group_by(*columns).order_by(*columns))
    return [Counted(requester, item, outcome, int(requests)) for requester, item, outcome, requests in rows]
