"""Data that e-license owns: catalogue and sharing items, and the licences and consents of demonstrations."""

import json
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from pingshan_kit import clock
from pingshan_kit.errors import RequestIdReused
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor, ActorKind

from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.service import dependencies
from pingshan_e_license.settings import Settings
from pingshan_e_license.usecases.catalogue.load_catalogue import LoadCatalogue, load_catalogue
from pingshan_e_license.usecases.issuing.issue_license import IssueLicense, issue_license
from pingshan_e_license.usecases.sharing.load_sharing_items import LoadSharingItems, load_sharing_items
from pingshan_e_license.usecases.sharing.request_consent import RequestConsent, request_consent

SEED = Actor(kind=ActorKind.SERVICE, service="e-license")
_HERE = Path(__file__).parent


async def seed(settings: Settings) -> None:
    """Loads catalogue and sharing items, issues the demonstration licences and asks for the demonstration consents.

    A second run changes nothing.
    """
    database = Database.from_settings(settings)
    deps, close = dependencies(settings, database)
    try:
        await load_catalogue(deps, SEED, LoadCatalogue(read("license_catalogue.json")))
        await load_sharing_items(deps, SEED, LoadSharingItems(read("sharing_items.json")))
        for licence in read("demonstration_licenses.json")["licenses"]:
            await issue_license(deps, SEED, _issue_command(licence))
        for asked in read("demonstration_consents.json")["consents"]:
            with suppress(RequestIdReused):  # it was asked for on an earlier day, and ends accordingly
                await request_consent(deps, SEED, _consent_command(asked))
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


def _consent_command(asked: dict[str, Any]) -> RequestConsent:
    return RequestConsent(
        request_id=UUID(asked["request_id"]),
        item=asked["item"],
        holder_code=asked["holder_code"],
        holder_code_type=asked["holder_code_type"],
        purpose=asked["purpose"],
        fields=tuple(asked["fields"]),
        predicates=tuple(asked["predicates"]),
        uses=asked["uses"],
        expires_on=clock.today() + timedelta(days=asked["days"]),
    )
