"""Loads the catalogue's file into the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pingshan_kit import audit_log
from pingshan_values.actor import Actor

from pingshan_e_license.store.catalogue import license_types
from pingshan_e_license.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class LoadCatalogue:
    catalogue: Mapping[str, Any]
    """Content of the file: its `version`, and the definition of each of its `types`."""


async def load_catalogue(deps: Dependencies, actor: Actor, command: LoadCatalogue) -> int:
    """Stores all types and returns their number; changes nothing where their version is loaded already."""
    version, types = int(command.catalogue["version"]), command.catalogue["types"]
    async with deps.database.begin() as tx:
        if await license_types.catalogue_version(tx) == version:
            return len(types)
        for definition in types:
            await license_types.put(tx, definition, catalogue_version=version)
        details = {"version": version, "types": len(types)}
        await audit_log.append(tx, actor=actor, act="catalogue.loaded", subject="catalogue", details=details)
    return len(types)
