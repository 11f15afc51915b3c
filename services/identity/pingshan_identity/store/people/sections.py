"""Queries on sections (科室) of organisations."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.errors import SectionNameTaken
from pingshan_identity.store.tables import person, section

_t = section.c


@dataclass(frozen=True, slots=True)
class Section:
    section_id: UUID
    organisation: str
    name_zh: str
    name_en: str
    people: int


async def of_organisation(tx: AsyncConnection, organisation: str = "") -> list[Section]:
    """Returns open sections with the number of their people; those of every organisation where none is named."""
    present = (
        select(func.count()).where(person.c.section_id == _t.section_id, person.c.left_at.is_(None)).scalar_subquery()
    )
    query = select(section, present.label("people")).where(_t.closed_at.is_(None))
    if organisation:
        query = query.where(_t.organisation == organisation)
    rows = await tx.execute(query.order_by(_t.organisation, _t.name_zh))
    return [Section(row.section_id, row.organisation, row.name_zh, row.name_en, row.people) for row in rows]


async def add(tx: AsyncConnection, *, section_id: UUID, organisation: str, name_zh: str, name_en: str) -> None:
    """Adds a section. Raises SectionNameTaken where an open one of that name exists."""
    values = {"section_id": section_id, "organisation": organisation, "name_zh": name_zh, "name_en": name_en}
    try:
        async with tx.begin_nested():
            await tx.execute(insert(section).values(values))
    except IntegrityError as error:
        raise SectionNameTaken from error


async def rename(tx: AsyncConnection, section_id: UUID, *, name_zh: str, name_en: str) -> bool:
    """Renames a section. Returns False where there is no such open one. Raises SectionNameTaken."""
    statement = update(section).where(_t.section_id == section_id, _t.closed_at.is_(None))
    try:
        async with tx.begin_nested():
            done = await tx.execute(statement.values(name_zh=name_zh, name_en=name_en).returning(_t.section_id))
    except IntegrityError as error:
        raise SectionNameTaken from error
    return done.one_or_none() is not None


async def close(tx: AsyncConnection, section_id: UUID, now: datetime) -> bool:
    """Closes a section. Returns False where people belong to it, or it is closed."""
    somebody = exists().where(person.c.section_id == section_id, person.c.left_at.is_(None))
    done = await tx.execute(
        update(section)
        .where(_t.section_id == section_id, _t.closed_at.is_(None), ~somebody)
        .values(closed_at=now)
        .returning(_t.section_id)
    )
    return done.one_or_none() is not None
