"""Queries on organisations."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.organisations.organisation import Organisation
from pingshan_identity.store.tables import organisation


async def page(tx: AsyncConnection, *, after: str, limit: int) -> list[Organisation]:
    """Returns organisations ordered by code, those whose code comes after `after`."""
    rows = await tx.execute(
        select(organisation).where(organisation.c.code > after).order_by(organisation.c.code).limit(limit)
    )
    return [Organisation(**row) for row in rows.mappings()]


async def names(tx: AsyncConnection, code: str) -> tuple[str, str] | None:
    """Returns the Chinese and English name; None for an unknown code."""
    row = (
        await tx.execute(select(organisation.c.name_zh, organisation.c.name_en).where(organisation.c.code == code))
    ).one_or_none()
    return None if row is None else (row.name_zh, row.name_en)


async def codes(tx: AsyncConnection) -> list[str]:
    return list((await tx.execute(select(organisation.c.code))).scalars())


async def names_by_code(tx: AsyncConnection) -> dict[str, tuple[str, str]]:
    """Returns the Chinese and English name of every organisation, by code."""
    rows = await tx.execute(select(organisation.c.code, organisation.c.name_zh, organisation.c.name_en))
    return {row.code: (row.name_zh, row.name_en) for row in rows}
