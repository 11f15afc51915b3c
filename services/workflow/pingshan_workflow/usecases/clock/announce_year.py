"""Takes over a year's notice of holidays and make-up days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from pingshan_workflow.store import calendars
from pingshan_workflow.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class AnnounceYear:
    year: int
    source: str
    """The notice, by title and source."""
    days: Mapping[date, tuple[bool, str]]
    """Every day that is not what its weekday says: whether it is worked, and why."""


async def announce_year(deps: Dependencies, command: AnnounceYear) -> None:
    """Replaces the known days of that year; overrides stay."""
    async with deps.database.begin() as tx:
        await calendars.announce(tx, command.year, command.source, command.days)
