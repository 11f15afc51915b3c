"""Loads plans, controllers, hotspots and access points of the seed files into the database."""

import json
import secrets
from pathlib import Path
from typing import Any

from pingshan_wifi_portal.clients import controller_configuration
from pingshan_wifi_portal.store import network
from pingshan_wifi_portal.usecases.dependencies import Dependencies

_SEED = Path(__file__).parents[2] / "seed"


async def seed_network(deps: Dependencies) -> None:
    """Loads the seed files and rewrites the controllers' configuration where it differs; known secrets stay."""
    controllers = _read("nas")["nas"]
    hotspots = _read("wifi_hotspots")["hotspots"]
    access_points = _access_points()
    async with deps.database.begin() as tx:
        await network.put_plans(tx, _read("plans")["plans"])
        known = await network.secrets(tx, deps.personal)
        for nas in controllers:
            known.setdefault(nas["id"], secrets.token_urlsafe(24))
        await network.put_controllers(tx, deps.personal, controllers, known, deps.settings.controller_login_url)
        await network.put_hotspots(
            tx, hotspots, {hotspot: nas["id"] for nas in controllers for hotspot in nas["hotspots"]}
        )
        await network.put_access_points(tx, access_points)
    configuration = controller_configuration.make(controllers, hotspots, access_points, known)
    controller_configuration.write(deps.settings.nas_secrets_file, configuration)


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((_SEED / f"{name}.json").read_text(encoding="utf-8"))
    return content


def _access_points() -> list[dict[str, Any]]:
    file = _read("access_points")
    return [dict(zip(file["columns"], row, strict=True)) for row in file["access_points"]]
