"""Queries on sharing items."""

from collections.abc import Mapping, Sequence
from typing import Any

from pingshan_values.text import is_storable
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.sharing.item import SharingItem
from pingshan_e_license.store.tables import sharing_item


async def by_code(tx: AsyncConnection, code: str) -> SharingItem | None:
    if not is_storable(code):
        return None
    query = select(sharing_item.c.definition).where(sharing_item.c.code == code)
    definition = (await tx.execute(query)).scalar_one_or_none()
    return None if definition is None else SharingItem(definition)


async def every(tx: AsyncConnection) -> list[SharingItem]:
    """Returns all items by number."""
    query = select(sharing_item.c.definition).order_by(sharing_item.c.number)
    return [SharingItem(definition) for definition in (await tx.execute(query)).scalars()]


async def version(tx: AsyncConnection) -> int | None:
    """Returns the version of the loaded list, None before the first seed."""
    found: int | None = (await tx.execute(select(func.max(sharing_item.c.version)))).scalar_one()
    return found


async def put(tx: AsyncConnection, definitions: Sequence[Mapping[str, Any]], *, version: int) -> None:
    """Inserts the items, or replaces their definitions."""
    rows = [
        {"code": each["code"], "number": number, "definition": dict(each), "version": version}
        for number, each in enumerate(definitions, start=1)
    ]
    statement = insert(sharing_item).values(rows)
    changed = {name: statement.excluded[name] for name in ("number", "definition", "version")}
    await tx.execute(statement.on_conflict_do_update(index_elements=["code"], set_=changed))
