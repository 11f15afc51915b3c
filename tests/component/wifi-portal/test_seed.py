"""Seeding again puts back what the files say, and leaves the rest alone."""

import json
from pathlib import Path
from typing import Any

import pingshan_wifi_portal
from pingshan_kit.storage.database import Database
from pingshan_wifi_portal.service import seed
from pingshan_wifi_portal.settings import Settings
from sqlalchemy import text

from tests.support.platform import BoundService

FILES = Path(pingshan_wifi_portal.__file__).parent / "seed"


async def kept(database: Database) -> dict[str, set[tuple[Any, ...]]]:
    async with database.read() as tx:
        return {
            table: {tuple(map(str, row)) for row in await tx.execute(text(f"SELECT * FROM {table}"))}
            for table in ("plan", "hotspot", "access_point")
        }


async def test_what_was_changed_follows_the_files_again(bound: BoundService, database: Database) -> None:
    before = await kept(database)
    assert len(before["access_point"]) == len(json.loads((FILES / "access_points.json").read_text())["access_points"])
    assert len(before["hotspot"]) == len(json.loads((FILES / "wifi_hotspots.json").read_text())["hotspots"])
    async with database.begin() as tx:
        await tx.execute(
            text("UPDATE hotspot SET name = 'another' WHERE hotspot_id IN (SELECT min(hotspot_id) FROM hotspot)")
        )
        await tx.execute(text("UPDATE access_point SET called_station_id = 'x' || access_point_id"))
    assert await kept(database) != before
    await seed(bound.settings(Settings))
    assert await kept(database) == before
