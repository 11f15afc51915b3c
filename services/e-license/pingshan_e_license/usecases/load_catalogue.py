"""Put the catalogue's file into the database; again changes nothing."""

from collections.abc import Mapping
from typing import Any

from pingshan_kit import audit_log
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_e_license.store import license_types


async def load_catalogue(actor: Actor, database: Database, *, catalogue: Mapping[str, Any]) -> int:
    """The number of types. A version that is loaded already is left alone."""
    version = int(catalogue["version"])
    async with database.begin() as tx:
        if await license_types.catalogue_version(tx) == version:
            return len(catalogue["types"])
        for definition in catalogue["types"]:
            await license_types.put(tx, definition, catalogue_version=version)
        details = {"version": version, "types": len(catalogue["types"])}
        await audit_log.append(tx, actor=actor, act="catalogue.loaded", subject="catalogue", details=details)
    return len(catalogue["types"])
