"""A registered client reads what is registered (RFC 7592 section 2.1)."""

from typing import Any

from pingshan_kit.storage.database import Database

from pingshan_identity.usecases.clients.managed_client import managed


async def read_registration(database: Database, *, issuer: str, client_id: str, token: str) -> dict[str, Any]:
    """The client information response.

    Raises:
        OAuthError: `invalid_token`.

    """
    async with database.begin() as tx:
        return (await managed(tx, client_id, token)).response(issuer)
