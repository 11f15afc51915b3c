"""Keep the names of organisations as identity has them."""

from pingshan_alerts.store import organisations
from pingshan_alerts.usecases.dependencies import Dependencies


async def refresh_organisations(deps: Dependencies) -> None:
    """Raises Unavailable where identity is away: the names we have stay."""
    known = await deps.identity.organisations()
    async with deps.database.begin() as tx:
        await organisations.put(tx, known)
