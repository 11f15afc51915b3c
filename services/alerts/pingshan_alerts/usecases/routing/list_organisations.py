"""Lists organisations as identity last named them."""

from collections.abc import Mapping

from pingshan_alerts.domain.organisation import Organisation
from pingshan_alerts.store import organisations
from pingshan_alerts.usecases.dependencies import Dependencies


async def list_organisations(deps: Dependencies) -> Mapping[str, Organisation]:
    """Returns the organisations by code, in its order."""
    async with deps.database.read() as tx:
        return await organisations.all_by_code(tx)
