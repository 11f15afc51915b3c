"""Queries on sections (科室) of organisations."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from pingshan_values.shanghai import day_of
from sqlalchemy import exists, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.errors import SectionNameTaken
from pingshan_identity.store.people.placements import section_on
from pingshan_identity.store.tables import person, section

_t = section.c


@dataclass(frozen=True, slots=True)
class Section:
    section_id: UUID
    organisation: str
    name_zh: str
    name_en: str
    people: int


async def of_organisation(tx: AsyncConnection, today: date, organisation: str = "") -> list[Section]:
    """Returns open sections with the number of their people; those of every organisation where none is named."""
    belongs = section_on(today) == _t.section_id
    present = select(func.count()).where(belongs, person.c.left_at.is_(None)).scalar_subquery()
    query = select(section, present.label("people")).where(_t.closed_at.is_(None))
    if organisation:
        query = query.where(_t.organisation == organisation)
    rows = await tx.execute(query.order_by(_t.organisation, _t.name_zh))
    return [Section(row.section_id, row.organisation, row.name_zh, row.name_en, row.people) for row in rows]


async def names(tx: AsyncConnection, section_id: UUID) -> tuple[str, str] | None:
    """Returns the Chinese and English name, also of a closed section; None for an unknown id."""
    row = (await tx.execute(select(_t.name_zh, _t.name_en).where(_t.section_id == section_id))).one_or_none()
    return None if row is None else (row.name_zh, row.name_en)


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
    """Closes a section. Returns False where people belong to it, today or by a planned move, or it is closed."""
    belongs = or_(section_on(day_of(now)) == section_id, person.c.moves_section == section_id)
    somebody = exists().where(belongs, person.c.left_at.is_(None))
    done = await tx.execute(
        update(section)
        .where(_t.section_id == section_id, _t.closed_at.is_(None), ~somebody)
        .values(closed_at=now)
        .returning(_t.section_id)
    )
    return done.one_or_none() is not None
