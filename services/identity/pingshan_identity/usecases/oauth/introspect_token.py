"""Whether a token is alive, and what it says (RFC 7662)."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.clients.tokens import ACCESS_TOKEN, TokenSigner
from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.oauth.introspection import INACTIVE, about_access_token, may_ask
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.store.oauth import grants, refresh_tokens, revoked_tokens
from pingshan_identity.store.sessions import sessions


async def introspect_token(
    database: Database, personal: PersonalData, signer: TokenSigner, *, client: Client, token: str
) -> dict[str, Any]:
    """Inactive for a dead, unknown or foreign token alike."""
    try:
        claims = signer.read(token, ACCESS_TOKEN)
    except OAuthError:
        async with database.read() as tx:
            return await _refresh_token(tx, personal, client, token)
    if claims["exp"] <= clock.now().timestamp() or not may_ask(client, claims):
        return dict(INACTIVE)
    async with database.read() as tx:
        alive = await is_alive(tx, personal, claims)
    return about_access_token(claims) if alive else dict(INACTIVE)


async def is_alive(tx: AsyncConnection, personal: PersonalData, claims: Mapping[str, Any]) -> bool:
    """Whether grant and session behind an access token of ours live, or the client's own token was not given back."""
    if "grant" not in claims:
        return not await revoked_tokens.has(tx, claims["jti"])
    grant = await grants.get(tx, UUID(claims["grant"]))
    session = await sessions.get(tx, personal, claims["sid"])
    if grant is None or grant.ended_at is not None:
        return False
    return session is not None and session.is_alive(clock.now())


async def _refresh_token(tx: AsyncConnection, personal: PersonalData, client: Client, token: str) -> dict[str, Any]:
    found = await refresh_tokens.alive(tx, sha256(token.encode()).digest(), clock.now())
    grant = await grants.get(tx, found[0]) if found is not None else None
    if found is None or grant is None or grant.ended_at is not None or grant.client_id != client.client_id:
        return dict(INACTIVE)
    session = await sessions.get(tx, personal, grant.session_id)
    if session is None or not session.is_alive(clock.now()):
        return dict(INACTIVE)
    return {
        "active": True,
        "client_id": grant.client_id,
        "scope": grant.scope,
        "sub": session.person_id,
        "exp": int(found[1].timestamp()),
        "token_type": "refresh_token",
    }
