"""The organisations of the district; public knowledge."""

from pingshan_kit.storage.database import Database

from pingshan_identity.domain.people.organisation import Organisation
from pingshan_identity.store.people import organisations


async def list_organisations(database: Database, *, after: str, limit: int) -> list[Organisation]:
    """At most `limit` organisations ordered by code, those whose code comes after `after`."""
    async with database.read() as tx:
        return await organisations.page(tx, after=after, limit=limit)
