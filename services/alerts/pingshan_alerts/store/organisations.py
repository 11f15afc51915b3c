"""Queries on names of organisations, copied from identity so that pages work while it is unreachable."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_alerts.domain.organisation import Organisation
from pingshan_alerts.store.tables import organisation


async def put(tx: AsyncConnection, organisations: Sequence[Organisation]) -> None:
    rows = [
        {"code": each.code, "name_zh": each.name_zh, "name_en": each.name_en, "kind": each.kind}
        for each in organisations
    ]
    if not rows:
        return
    row = insert(organisation).values(rows)
    changed = {name: row.excluded[name] for name in ("name_zh", "name_en", "kind")}
    await tx.execute(row.on_conflict_do_update(index_elements=["code"], set_=changed | {"updated_at": func.now()}))


async def all_by_code(tx: AsyncConnection) -> dict[str, Organisation]:
    rows = await tx.execute(select(organisation).order_by(organisation.c.code))
    return {row.code: Organisation(row.code, row.name_zh, row.name_en, row.kind) for row in rows}
