"""Copies the names of organisations from identity."""

from pingshan_alerts.store import organisations
from pingshan_alerts.usecases.dependencies import Dependencies


async def refresh_organisations(deps: Dependencies) -> None:
    """Stores identity's present names. Raises Unavailable where identity cannot be reached: the stored names stay."""
    known = await deps.identity.organisations()
    async with deps.database.begin() as tx:
        await organisations.put(tx, known)
