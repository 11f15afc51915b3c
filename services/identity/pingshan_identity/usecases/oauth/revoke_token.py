"""Revokes a token that its client gives back (RFC 7009)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from pingshan_kit import clock
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.clients.tokens import ACCESS_TOKEN
from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.oauth.access_token import has_expired, is_a_persons, was_given_to
from pingshan_identity.domain.oauth.grant import GrantEndReason
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.store.oauth import grants, refresh_tokens, revoked_tokens
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.shared import end_grant


@dataclass(frozen=True, slots=True)
class RevokeToken:
    client: Client
    token: str = field(repr=False)


async def revoke_token(deps: Dependencies, actor: Actor, command: RevokeToken) -> None:
    """Makes a token worthless; an unknown or expired one, or another client's, is no error (section 2.2).

    A person's token of either kind ends its grant, since services check access tokens offline by their grant. A
    client's own access token is noted until it expires; only introspection sees that.
    """
    client, token = command.client, command.token
    async with deps.database.begin() as tx:
        grant_id = await refresh_tokens.grant_of(tx, sha256(token.encode()).digest(), client.client_id)
        if grant_id is None:
            grant_id = await _of_access_token(tx, deps, client, token)
        grant = await grants.get(tx, grant_id) if grant_id is not None else None
        if grant is not None:
            await end_grant(tx, actor, grant, GrantEndReason.REVOKED)


async def _of_access_token(tx: AsyncConnection, deps: Dependencies, client: Client, token: str) -> UUID | None:
    try:
        claims = deps.signer.read(token, ACCESS_TOKEN)
    except OAuthError:
        return None
    if not was_given_to(client, claims) or has_expired(claims, clock.now()):
        return None
    if is_a_persons(claims):
        return UUID(claims["grant"])
    await revoked_tokens.add(tx, claims["jti"], datetime.fromtimestamp(claims["exp"], UTC))
    return None
