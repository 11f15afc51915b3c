"""Names of organisations as they were last heard from identity."""

from collections.abc import Mapping

from pingshan_alerts.domain.organisation import Organisation
from pingshan_alerts.store import organisations
from pingshan_alerts.usecases.dependencies import Dependencies


async def list_organisations(deps: Dependencies) -> Mapping[str, Organisation]:
    """Returns them by code."""
    async with deps.database.read() as tx:
        return await organisations.all_by_code(tx)
