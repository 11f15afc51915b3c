"""Data that e-license owns: the catalogue, and the licences that demonstrations begin with."""

import json
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor, ActorKind

from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.service import dependencies
from pingshan_e_license.settings import Settings
from pingshan_e_license.usecases.catalogue.load_catalogue import LoadCatalogue, load_catalogue
from pingshan_e_license.usecases.issuing.issue_license import IssueLicense, issue_license

SEED = Actor(kind=ActorKind.SERVICE, service="e-license")
_HERE = Path(__file__).parent


async def seed(settings: Settings) -> None:
    """Loads the catalogue and issues the demonstration licences; a second run changes nothing."""
    database = Database.from_settings(settings)
    deps, close = dependencies(settings, database)
    try:
        await load_catalogue(deps, SEED, LoadCatalogue(read("license_catalogue.json")))
        for licence in read("demonstration_licenses.json")["licenses"]:
            await issue_license(deps, SEED, _issue_command(licence))
    finally:
        await close()
        await database.close()


def read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((_HERE / name).read_text(encoding="utf-8"))
    return content


def _issue_command(licence: dict[str, Any]) -> IssueLicense:
    return IssueLicense(
        request_id=UUID(licence["request_id"]),
        type=licence["type"],
        serial_number=licence["serial_number"],
        holder=Holder(licence["holder_name"], licence["holder_code"], licence["holder_code_type"]),
        attributes=licence["attributes"],
        effective_on=date.fromisoformat(licence["effective_on"]),
        expires_on=date.fromisoformat(licence["expires_on"]) if licence["expires_on"] else None,
    )
