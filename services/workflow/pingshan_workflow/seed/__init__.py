"""Data that workflow owns: process definitions and the working-day calendar."""

from pathlib import Path

import yaml
from pingshan_kit.storage.database import Database

from pingshan_workflow.seed.holidays import SOURCE, YEARS, exceptions
from pingshan_workflow.service import dependencies
from pingshan_workflow.settings import Settings
from pingshan_workflow.usecases.clock.announce_year import AnnounceYear, announce_year
from pingshan_workflow.usecases.definitions.publish_definition import PublishDefinition, publish_definition

DEFINITIONS = Path(__file__).parent / "definitions"


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
