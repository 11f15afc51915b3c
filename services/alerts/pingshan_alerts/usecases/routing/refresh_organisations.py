"""Keep the names of organisations as identity has them."""

from pingshan_kit.storage.database import Database

from pingshan_alerts.clients.identity import Identity
from pingshan_alerts.store import organisations


async def refresh_organisations(database: Database, identity: Identity) -> None:
    """Raises Unavailable where identity is away: the names we have stay."""
    known = await identity.organisations()
    async with database.begin() as tx:
        await organisations.put(tx, known)
