"""Introspects a token for a client (RFC 7662)."""

from hashlib import sha256
from typing import Any
from uuid import UUID

from pingshan_kit import clock
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.clients.tokens import ACCESS_TOKEN
from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.oauth.access_token import has_expired, is_a_persons
from pingshan_identity.domain.oauth.introspection import INACTIVE, about_access_token, about_refresh_token, may_ask
from pingshan_identity.domain.oauth.subject_identifier import subject_of
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.store.oauth import grants, refresh_tokens
from pingshan_identity.store.sessions import sessions
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.shared import is_alive_now


async def introspect_token(deps: Dependencies, *, client: Client, token: str) -> dict[str, Any]:
    """Returns the answer for the client; only `active: false` for a token that is dead, unknown or not its business."""
    try:
        claims = deps.signer.read(token, ACCESS_TOKEN)
    except OAuthError:
        async with deps.database.read() as tx:
            return await _refresh_token(tx, deps, client, token)
    if has_expired(claims, clock.now()) or not may_ask(client, claims):
        return dict(INACTIVE)
    if not is_a_persons(claims):
        return about_access_token(claims, claims["sub"]) if await is_alive_now(deps, claims) else dict(INACTIVE)
    behind = await deps.token_reads.behind(UUID(claims["grant"]), claims["sid"])
    if behind.grant is None or behind.session is None or not behind.grant.is_alive(behind.session, clock.now()):
        return dict(INACTIVE)
    return about_access_token(claims, subject_of(client, behind.session.person_id, deps.personal.index))


async def _refresh_token(tx: AsyncConnection, deps: Dependencies, client: Client, token: str) -> dict[str, Any]:
    now = clock.now()
    found = await refresh_tokens.alive(tx, sha256(token.encode()).digest(), now)
    grant = await grants.get(tx, found[0]) if found is not None else None
    if found is None or grant is None or grant.client_id != client.client_id:
        return dict(INACTIVE)
    session = await sessions.get(tx, deps.personal, grant.session_id)
    if session is None or not grant.is_alive(session, now):
        return dict(INACTIVE)
    return about_refresh_token(
        client_id=grant.client_id,
        scope=grant.scope,
        sub=subject_of(client, session.person_id, deps.personal.index),
        expires_at=found[1],
    )
