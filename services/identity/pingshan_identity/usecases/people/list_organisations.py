"""The organisations of the district; public knowledge."""

from pingshan_identity.domain.people.organisation import Organisation
from pingshan_identity.store.people import organisations
from pingshan_identity.usecases.dependencies import Dependencies


async def list_organisations(deps: Dependencies, *, after: str, limit: int) -> list[Organisation]:
    """Return at most `limit` organisations ordered by code, those whose code comes after `after`."""
    async with deps.database.read() as tx:
        return await organisations.page(tx, after=after, limit=limit)
