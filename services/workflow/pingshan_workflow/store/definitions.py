"""Queries on published definitions. A hash names one text for ever, so parsed ones stay in the process."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from pingshan_kit.storage.among import among
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_workflow.domain.definitions.definition import Definition, read_definition
from pingshan_workflow.store.tables import definition

parsed = lru_cache(maxsize=256)(read_definition)


async def add(tx: AsyncConnection, *, code: str, version: int, text: str, text_hash: str, at: datetime) -> None:
    """Inserts a text; a known one stays unchanged.

    Raises IntegrityError where another text has this code and version.
    """
    # Of two that insert the same text at once, the second might meet the other key first, which no clause names.
    await tx.execute(select(func.pg_advisory_xact_lock(func.hashtext(code))))
    row = insert(definition).values(hash=text_hash, code=code, version=version, text=text, published_at=at)
    await tx.execute(row.on_conflict_do_nothing(index_elements=["hash"]))


async def newest_text(tx: AsyncConnection, code: str) -> tuple[str, str] | None:
    """Returns hash and text of the newest version, or None where there is no such process."""
    query = select(definition.c.hash, definition.c.text).where(definition.c.code == code)
    row = (await tx.execute(query.order_by(definition.c.version.desc()).limit(1))).one_or_none()
    return None if row is None else (row.hash, row.text)


async def text_of(tx: AsyncConnection, text_hash: str) -> str:
    return str((await tx.execute(select(definition.c.text).where(definition.c.hash == text_hash))).scalar_one())


async def by_hash(tx: AsyncConnection, hashes: Sequence[str]) -> dict[str, Definition]:
    query = select(definition.c.hash, definition.c.text).where(among(definition.c.hash, set(hashes)))
    return {row.hash: parsed(row.text) for row in await tx.execute(query)}


async def newest(tx: AsyncConnection) -> list[Definition]:
    """Returns the newest version of every process, by code."""
    query = select(definition.c.text).ext(distinct_on(definition.c.code))
    query = query.order_by(definition.c.code, definition.c.version.desc())
    return [parsed(text) for text in (await tx.execute(query)).scalars()]
