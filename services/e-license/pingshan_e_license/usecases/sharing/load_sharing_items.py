"""Loads the list of sharing items into the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pingshan_kit import audit_log
from pingshan_values.actor import Actor

from pingshan_e_license.store.sharing import sharing_items
from pingshan_e_license.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class LoadSharingItems:
    content: Mapping[str, Any]
    """Content of the file: its `version`, and the definition of each of its `items`."""


async def load_sharing_items(deps: Dependencies, actor: Actor, command: LoadSharingItems) -> int:
    """Stores all items and returns their number; changes nothing where their version is loaded already."""
    version, items = int(command.content["version"]), command.content["items"]
    async with deps.database.begin() as tx:
        if await sharing_items.version(tx) == version:
            return len(items)
        await sharing_items.put(tx, items, version=version)
        details = {"version": version, "items": len(items)}
        await audit_log.append(tx, actor=actor, act="sharing-items.loaded", subject="sharing-items", details=details)
    return len(items)
