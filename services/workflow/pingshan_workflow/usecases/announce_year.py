"""Take over a year's notice of holidays and make-up days."""

from collections.abc import Mapping
from datetime import date

from pingshan_kit.storage.database import Database

from pingshan_workflow.store import calendars


async def announce_year(database: Database, year: int, source: str, days: Mapping[date, tuple[bool, str]]) -> None:
    """`days` holds every day that is not what its weekday says: whether it is worked, and why."""
    async with database.begin() as tx:
        await calendars.announce(tx, year, source, days)
