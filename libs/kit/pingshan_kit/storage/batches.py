"""Many rows without keeping the event loop from others."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import RowMapping, Select
from sqlalchemy.ext.asyncio import AsyncConnection

_ROWS = 500


async def in_batches(tx: AsyncConnection, query: Select[Any]) -> AsyncIterator[Sequence[RowMapping]]:
    """Yields the rows of one statement, 500 at a time; others have their turn between two batches."""
    async with tx.stream(query, execution_options={"yield_per": _ROWS}) as result:
        async for batch in result.mappings().partitions():
            yield batch
