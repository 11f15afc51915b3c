"""Queries by which the seed writes plans, controllers, hotspots and access points."""

from collections.abc import Mapping, Sequence
from typing import Any

from pingshan_kit.crypto import PersonalData
from sqlalchemy import Table, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_wifi_portal.domain.visit import to_mac
from pingshan_wifi_portal.store.controllers import decrypt_secret, encrypt_secret
from pingshan_wifi_portal.store.tables import access_point, controller, hotspot, plan

Rows = Sequence[Mapping[str, Any]]


async def secrets(tx: AsyncConnection, personal: PersonalData) -> dict[str, str]:
    """Returns the shared secrets by controller id."""
    rows = await tx.execute(select(controller.c.controller_id, controller.c.secret))
    return {row.controller_id: decrypt_secret(personal, row.controller_id, row.secret) for row in rows}


async def put_plans(tx: AsyncConnection, plans: Rows) -> None:
    await _upsert(tx, plan, [{"plan_id": entry["id"], **_without(entry, "id")} for entry in plans])


async def put_controllers(
    tx: AsyncConnection, personal: PersonalData, controllers: Rows, known: Mapping[str, str], login_url: str
) -> None:
    """Inserts or replaces controllers. `known` has each one's secret; `login_url` contains {controller_id}."""
    rows = [
        {
            "controller_id": entry["id"],
            "vendor": entry["vendor"],
            "nas_identifier": entry["nas_identifier"],
            "address": entry["address"],
            "street": entry["street_code"],
            "portal_protocol": entry["portal_protocol"],
            "login_url": login_url.format(controller_id=entry["id"]),
            "coa": entry["radius"]["coa"],
            "require_message_authenticator": entry["radius"]["require_message_authenticator"],
            "octets_swapped": entry["radius"]["octets_swapped"],
            "secret": encrypt_secret(personal, entry["id"], known[entry["id"]]),
        }
        for entry in controllers
    ]
    await _upsert(tx, controller, rows)


async def put_hotspots(tx: AsyncConnection, hotspots: Rows, served: Mapping[str, str]) -> None:
    """Inserts or replaces hotspots. `served` has the controller's id by hotspot id."""
    rows = [
        {
            "hotspot_id": entry["id"],
            "name": entry["name"],
            "kind": entry["kind"],
            "street": entry["street_code"],
            "community": entry["community"],
            "longitude": entry["lon"],
            "latitude": entry["lat"],
            "indoor": entry["indoor"],
            "hours": entry["hours"],
            "shelter": entry["shelter"],
            "priority": entry["priority"],
            "uplink_mbps": entry["uplink_mbps"],
            "access_point_count": entry["ap_count"],
            "controller_id": served[entry["id"]],
        }
        for entry in hotspots
    ]
    await _upsert(tx, hotspot, rows)


async def put_access_points(tx: AsyncConnection, access_points: Rows) -> None:
    rows = [
        {
            "access_point_id": entry["id"],
            "hotspot_id": entry["hotspot"],
            "controller_id": entry["nas"],
            "mac": to_mac(entry["mac"]),
            "called_station_id": entry["called_station_id"],
        }
        for entry in access_points
    ]
    await _upsert(tx, access_point, rows)


async def _upsert(tx: AsyncConnection, table: Table, rows: Rows) -> None:
    """Inserts or replaces rows, of which there must be one; their first column is the key."""
    statement = insert(table)  # of many values in one statement, SQLAlchemy compiles each
    key = next(iter(rows[0]))
    changed = {name: statement.excluded[name] for name in rows[0] if name != key}
    await tx.execute(statement.on_conflict_do_update(index_elements=[key], set_=changed), rows)


def _without(entry: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name not in names}
