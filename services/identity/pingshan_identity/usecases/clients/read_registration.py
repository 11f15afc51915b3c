"""Reads the metadata of a registered client (RFC 7592 section 2.1)."""

from typing import Any

from pingshan_identity.usecases.clients.managed_client import managed
from pingshan_identity.usecases.dependencies import Dependencies


async def read_registration(deps: Dependencies, *, client_id: str, token: str) -> dict[str, Any]:
    """Returns the client information response (RFC 7592 section 3).

    Raises:
        OAuthError: `invalid_token`.
    """
    async with deps.database.begin() as tx:
        return (await managed(tx, client_id, token)).response(deps.signer.issuer)
