"""A client gives a token back (RFC 7009)."""

from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.clients.tokens import ACCESS_TOKEN, TokenSigner
from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.oauth.grant import GrantEndReason
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.store.oauth import grants, refresh_tokens, revoked_tokens
from pingshan_identity.usecases.oauth.shared import end_grant


async def revoke_token(actor: Actor, database: Database, signer: TokenSigner, *, client: Client, token: str) -> None:
    """A person's token of either kind ends its grant, since services check access tokens offline by their grant.

    A client's own access token is noted until it expires; only introspection sees that. An unknown token, or another
    client's, is no error (section 2.2).
    """
    async with database.begin() as tx:
        grant_id = await refresh_tokens.grant_of(tx, sha256(token.encode()).digest(), client.client_id)
        if grant_id is None:
            grant_id = await _of_access_token(tx, signer, client, token)
        grant = await grants.get(tx, grant_id) if grant_id is not None else None
        if grant is not None:
            await end_grant(tx, actor, grant, GrantEndReason.REVOKED)


async def _of_access_token(tx: AsyncConnection, signer: TokenSigner, client: Client, token: str) -> UUID | None:
    try:
        claims = signer.read(token, ACCESS_TOKEN)
    except OAuthError:
        return None
    if claims["client_id"] != client.client_id:
        return None
    if "grant" in claims:
        return UUID(claims["grant"])
    await revoked_tokens.add(tx, claims["jti"], datetime.fromtimestamp(claims["exp"], UTC))
    return None
