"""Imports of staff, the latest first."""

from collections.abc import Mapping, Sequence
from typing import Any

from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import SYSTEM_ADMINISTRATOR, require_role
from pingshan_identity.store.people import imports

_MOST = 50


async def list_imports(actor: Actor, database: Database) -> Sequence[Mapping[str, Any]]:
    """Raises AdministratorRequired."""
    require_role(actor, SYSTEM_ADMINISTRATOR)
    async with database.read() as tx:
        return await imports.page(tx, _MOST)
