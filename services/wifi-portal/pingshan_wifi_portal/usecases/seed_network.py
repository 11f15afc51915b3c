"""Put plans, controllers, hotspots and access points of the seed files into the database; repeatable."""

import json
import secrets
from pathlib import Path
from typing import Any

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_wifi_portal.clients import controller_configuration
from pingshan_wifi_portal.settings import Settings
from pingshan_wifi_portal.store import network

_SEED = Path(__file__).parent.parent / "seed"


async def seed_network(actor: Actor, settings: Settings, database: Database, personal: PersonalData) -> None:
    """A controller keeps its secret; the file that configures the controllers is written anew where it differs."""
    del actor
    controllers = _read("nas")["nas"]
    hotspots = _read("wifi_hotspots")["hotspots"]
    access_points = _access_points()
    async with database.begin() as tx:
        await network.put_plans(tx, _read("plans")["plans"])
        known = await network.secrets(tx, personal)
        for nas in controllers:
            known.setdefault(nas["id"], secrets.token_urlsafe(24))
        await network.put_controllers(tx, personal, controllers, known, settings.controller_login_url)
        await network.put_hotspots(
            tx, hotspots, {hotspot: nas["id"] for nas in controllers for hotspot in nas["hotspots"]}
        )
        await network.put_access_points(tx, access_points)
    configuration = controller_configuration.make(controllers, hotspots, access_points, known)
    controller_configuration.write(settings.nas_secrets_file, configuration)


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((_SEED / f"{name}.json").read_text(encoding="utf-8"))
    return content


def _access_points() -> list[dict[str, Any]]:
    file = _read("access_points")
    return [dict(zip(file["columns"], row, strict=True)) for row in file["access_points"]]
