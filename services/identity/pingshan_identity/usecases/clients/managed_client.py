"""The client that manages itself by its registration access token (RFC 7592)."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.clients.client_secret import ClientSecrets
from pingshan_identity.domain.clients.registration import metadata_of
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.store.clients import clients, registrations


@dataclass(frozen=True, slots=True)
class Managed:
    client: Client
    secrets: ClientSecrets = field(repr=False)
    issued_at: datetime

    def response(self, issuer: str) -> dict[str, Any]:
        """Returns the client information response (section 3) without secrets: only their hashes are known."""
        return metadata_of(self.client) | {
            "client_id_issued_at": int(self.issued_at.timestamp()),
            "registration_client_uri": f"{issuer}/register/{self.client.client_id}",
        }


async def managed(tx: AsyncConnection, client_id: str, token: str) -> Managed:
    """Returns the client whose registration this token manages.

    Raises:
        OAuthError: `invalid_token`.
    """
    found = await registrations.by_token(tx, client_id, sha256(token.encode()).digest())
    if found is None:
        raise OAuthError("invalid_token", "the registration access token does not manage this client")
    return Managed(await clients.existing(tx, client_id), *found)
