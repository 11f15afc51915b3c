"""Lists imports of staff."""

from collections.abc import Mapping, Sequence
from typing import Any

from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer
from pingshan_identity.store.imports import imports
from pingshan_identity.usecases.dependencies import Dependencies

MOST_IMPORTS = 50


async def list_imports(deps: Dependencies, actor: Actor) -> Sequence[Mapping[str, Any]]:
    """Returns the latest 50 imports without their sheets, the latest first. Raises AdministratorRequired."""
    check_may_administer(actor, AdministrativeAct.LIST_IMPORTS)
    async with deps.database.read() as tx:
        return await imports.page(tx, MOST_IMPORTS)
