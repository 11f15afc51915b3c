"""Data that workflow owns: process definitions and the working-day calendar."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import yaml
from pingshan_kit.storage.database import Database

from pingshan_workflow.service import dependencies
from pingshan_workflow.settings import Settings
from pingshan_workflow.usecases.announce_year import AnnounceYear, announce_year
from pingshan_workflow.usecases.publish_definition import PublishDefinition, publish_definition

DEFINITIONS = Path(__file__).parent / "definitions"
YEARS = (2024, 2025, 2026)
"""Years whose notice has been published; the library refuses later ones."""
SOURCE = "国务院办公厅关于部分节假日安排的通知 (chinesecalendar 1.11.0)"
_SATURDAY = 5


async def seed(settings: Settings) -> None:
    """Announces the years and publishes the definitions; a second run changes nothing."""
    database = Database.from_settings(settings)
    deps, close = dependencies(settings, database)
    try:
        for year in YEARS:
            await announce_year(deps, AnnounceYear(year, SOURCE, exceptions(year)))
        for path in sorted(DEFINITIONS.glob("*.yaml")):
            await publish_definition(deps, PublishDefinition(yaml.safe_load(path.read_text(encoding="utf-8"))))
    finally:
        await close()
        await database.close()


def exceptions(year: int) -> Mapping[date, tuple[bool, str]]:
    """Returns the days that are not what their weekday says: whether each is worked, and the holiday's name."""
    first = date(year, 1, 1)
    days = (first + timedelta(days=number) for number in range((date(year + 1, 1, 1) - first).days))
    found: dict[date, tuple[bool, str]] = {}
    for day in days:
        working = chinese_calendar.is_workday(day)
        if working != (day.weekday() < _SATURDAY):
            found[day] = (working, _reason(day))
    return found


def _reason(day: date) -> str:
    _, name = chinese_calendar.get_holiday_detail(day)
    return str(name or "")
