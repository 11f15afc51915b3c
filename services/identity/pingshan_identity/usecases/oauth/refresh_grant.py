"""Exchanges a refresh token for new tokens and uses it up (RFC 6749 section 6, RFC 9700 section 2.2.2)."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from pingshan_kit import clock
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.oauth.grant import GrantEndReason, require_same_key
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.domain.oauth.refresh_token import narrowed
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.store.oauth import grants, refresh_tokens
from pingshan_identity.store.sessions import sessions
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.shared import end_grant
from pingshan_identity.usecases.oauth.token_response import Wanted, issue_tokens, sealed, unsealed

_REFUSED = OAuthError("invalid_grant", "the refresh token is unknown, used, expired, or another client's")


@dataclass(frozen=True, slots=True)
class RefreshGrant:
    client: Client
    parameters: Parameters = field(repr=False)
    jkt: str | None
    """Thumbprint of the key whose proof came with the request (RFC 9449); None for no binding."""


async def refresh_grant(deps: Dependencies, actor: Actor, command: RefreshGrant) -> dict[str, Any]:
    """Returns the token response with the next refresh token.

    The same token again within 30 s gives the same response; later it ends the grant.

    Raises:
        OAuthError: `invalid_grant`, `invalid_scope`, `invalid_target` or `unauthorized_client`.
    """
    client, parameters, jkt = command.client, command.parameters, command.jkt
    client.require_grant_type("refresh_token")
    audience = client.audience(parameters.get("audience"))
    token_hash = sha256(parameters.require("refresh_token").encode()).digest()
    async with deps.database.begin() as tx:
        grant_id = await refresh_tokens.use(tx, token_hash, client.client_id, clock.now())
        grant = await grants.get(tx, grant_id) if grant_id is not None else None
        if grant is None:
            answer = await _again(tx, deps, actor, client, token_hash)
        else:
            require_same_key(grant.dpop_jkt, jkt)
            scope = narrowed(grant.scope, parameters.get("scope"))
            wanted = Wanted(audience=audience, scope=scope, jkt=jkt)
            answer = await issue_tokens(tx, deps, client=client, grant=grant, wanted=wanted)
            await refresh_tokens.keep_answer(tx, token_hash, sealed(deps.personal, answer, token_hash))
    if answer is None:
        raise _REFUSED
    return answer


async def _again(
    tx: AsyncConnection, deps: Dependencies, actor: Actor, client: Client, token_hash: bytes
) -> dict[str, Any] | None:
    """Returns the answer of a moment ago; None where there is none. Ends the grant of a token used longer ago."""
    used = await refresh_tokens.used(tx, token_hash, client.client_id)
    grant = await grants.get(tx, used.grant_id) if used is not None else None
    if used is None or grant is None:
        return None
    now = clock.now()
    if used.answer_encrypted is not None and used.may_answer_again(now):
        session = await sessions.get(tx, deps.personal, grant.session_id)
        alive = grant.is_alive(session, now)
        return unsealed(deps.personal, used.answer_encrypted, token_hash) if alive else None
    await end_grant(tx, actor, grant, GrantEndReason.REFRESH_REPLAYED)
    return None
