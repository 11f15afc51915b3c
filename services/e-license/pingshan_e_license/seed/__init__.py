"""The data that e-license owns: the catalogue, and the licences that demonstrations begin with."""

import json
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor, ActorKind

from pingshan_e_license.clients.signer import Signer
from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.settings import Settings
from pingshan_e_license.usecases.issue_license import Order, issue_license
from pingshan_e_license.usecases.load_catalogue import load_catalogue

SEED = Actor(kind=ActorKind.SERVICE, service="e-license")
_HERE = Path(__file__).parent


async def seed(settings: Settings) -> None:
    """A second run changes nothing."""
    database = Database.from_settings(settings)
    try:
        await load_catalogue(SEED, database, catalogue=read("license_catalogue.json"))
        for licence in read("demonstration_licenses.json")["licenses"]:
            await issue_license(
                SEED,
                database,
                PersonalData.from_settings(settings),
                Signer.from_settings(settings),
                _order(licence),
                issuer=settings.public_url,
                request_id=UUID(licence["request_id"]),
            )
    finally:
        await database.close()


def read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((_HERE / name).read_text(encoding="utf-8"))
    return content


def _order(licence: dict[str, Any]) -> Order:
    return Order(
        type=licence["type"],
        serial_number=licence["serial_number"],
        holder=Holder(licence["holder_name"], licence["holder_code"], licence["holder_code_type"]),
        attributes=licence["attributes"],
        effective_on=date.fromisoformat(licence["effective_on"]),
        expires_on=date.fromisoformat(licence["expires_on"]) if licence["expires_on"] else None,
    )
