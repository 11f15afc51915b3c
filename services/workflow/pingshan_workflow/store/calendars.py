"""Queries on the working-day calendar: the year's notice, and overrides on top of it."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_workflow.domain.clock.calendar import WorkingCalendar
from pingshan_workflow.store.tables import calendar_day, calendar_override, calendar_year


async def load(tx: AsyncConnection) -> WorkingCalendar:
    days = {row.day: row.working for row in await tx.execute(select(calendar_day.c.day, calendar_day.c.working))}
    overrides = await tx.execute(select(calendar_override.c.day, calendar_override.c.working))
    years = (await tx.execute(select(calendar_year.c.year))).scalars()
    return WorkingCalendar({**days, **{row.day: row.working for row in overrides}}, frozenset(years))


async def announce(tx: AsyncConnection, year: int, source: str, days: Mapping[date, tuple[bool, str]]) -> None:
    """Replaces the days of a year by its notice; overrides stay. `days` must not be empty."""
    await tx.execute(calendar_day.delete().where(calendar_day.c.day.between(date(year, 1, 1), date(year, 12, 31))))
    await tx.execute(
        calendar_day.insert(),
        [{"day": day, "working": working, "reason": reason} for day, (working, reason) in sorted(days.items())],
    )
    row = insert(calendar_year).values(year=year, source=source)
    await tx.execute(row.on_conflict_do_update(index_elements=["year"], set_={"source": source}))
