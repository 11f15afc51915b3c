"""Exchanges an authorization code for tokens, once (RFC 6749 section 4.1.3, RFC 7636 section 4.6)."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from pingshan_kit import clock
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.oauth.grant import Grant, GrantEndReason, key_to_bind, require_same_key
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.domain.oauth.pkce import challenge_of
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.store.oauth import grants
from pingshan_identity.store.oauth.grants import RedeemedCode
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.shared import end_grant
from pingshan_identity.usecases.oauth.token_response import Wanted, issue_tokens


@dataclass(frozen=True, slots=True)
class RedeemCode:
    client: Client
    parameters: Parameters = field(repr=False)
    jkt: str | None
    """Thumbprint of the key whose proof came with the request (RFC 9449); None for no binding."""


async def redeem_code(deps: Dependencies, actor: Actor, command: RedeemCode) -> dict[str, Any]:
    """Returns the token response; a code that comes a second time ends its grant, and the tokens with it.

    Raises:
        OAuthError: `invalid_grant`, `invalid_request`, `invalid_target` or `unauthorized_client`.
    """
    client, parameters, jkt = command.client, command.parameters, command.jkt
    client.require_grant_type("authorization_code")
    audience = client.audience(parameters.get("audience"))
    code_hash = sha256(parameters.require("code").encode()).digest()
    redirect_uri = parameters.require("redirect_uri")
    challenge = challenge_of(parameters.get("code_verifier"), required=client.needs_pkce)
    now = clock.now()
    async with deps.database.begin() as tx:
        code = await grants.redeem(
            tx,
            code_hash=code_hash,
            client_id=client.client_id,
            redirect_uri=redirect_uri,
            code_challenge=challenge,
            now=now,
        )
        if code is None:
            await _end_if_replayed(tx, actor, client, code_hash)
        else:
            require_same_key(code.dpop_jkt, jkt)
            grant = await _bound_grant(tx, client, code, jkt)
            wanted = Wanted(audience=audience, scope=grant.scope, nonce=code.nonce, jkt=jkt)
            return await issue_tokens(tx, deps, client=client, grant=grant, wanted=wanted)
    raise OAuthError("invalid_grant", "the code is unknown, used, expired, or was issued for another request")


async def _end_if_replayed(tx: AsyncConnection, actor: Actor, client: Client, code_hash: bytes) -> None:
    grant_id = await grants.used_by(tx, code_hash=code_hash, client_id=client.client_id)
    grant = await grants.get(tx, grant_id) if grant_id is not None else None
    if grant is not None:
        await end_grant(tx, actor, grant, GrantEndReason.CODE_REPLAYED)


async def _bound_grant(tx: AsyncConnection, client: Client, code: RedeemedCode, jkt: str | None) -> Grant:
    if (key := key_to_bind(client, jkt)) is not None:
        await grants.bind(tx, code.grant_id, key)
    grant = await grants.get(tx, code.grant_id)
    if grant is None:
        raise OAuthError("invalid_grant", "the grant behind the code is gone")
    return grant
