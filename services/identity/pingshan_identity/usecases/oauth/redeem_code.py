"""Exchanges an authorization code for tokens, once (RFC 6749 section 4.1.3, RFC 7636 section 4.6)."""

from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from pingshan_kit import clock
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.oauth.grant import GrantEndReason, key_to_bind, require_same_key
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.domain.oauth.pkce import challenge_of
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.store.oauth import grants
from pingshan_identity.store.oauth.code_flow import BehindCode, UsedCode
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.shared import end_grant
from pingshan_identity.usecases.oauth.token_response import (
    NewRefreshToken,
    Wanted,
    check_consent,
    seen_at,
    token_response,
)


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
    client, parameters = command.client, command.parameters
    client.require_grant_type("authorization_code")
    audience = client.audience(parameters.get("audience"))
    asked = UsedCode(
        code_hash=sha256(parameters.require("code").encode()).digest(),
        client_id=client.client_id,
        redirect_uri=parameters.require("redirect_uri"),
        code_challenge=challenge_of(parameters.get("code_verifier"), required=client.needs_pkce),
        jkt=command.jkt,
        now=clock.now(),
    )
    behind = await deps.code_flow.behind_code(asked.code_hash, client.client_id, clock.today())
    answer = await _redeemed(deps, client, audience, asked, behind) if behind is not None else None
    if answer is not None:
        return answer
    async with deps.database.begin() as tx:
        await _end_if_replayed(tx, actor, client, asked.code_hash)
    raise OAuthError("invalid_grant", "the code is unknown, used, expired, or was issued for another request")


async def _redeemed(
    deps: Dependencies, client: Client, audience: str, asked: UsedCode, behind: BehindCode
) -> dict[str, Any] | None:
    """Returns the token response; None where the code cannot be redeemed so, or somebody was faster.

    A refusal leaves the code as it was. A proof binds a public client's grant from here on (RFC 9449 section 5).
    """
    code, grant, jkt = behind.code, behind.grant, asked.jkt
    if not code.is_redeemable(asked.redirect_uri, asked.code_challenge, asked.now):
        return None
    require_same_key(code.dpop_jkt, jkt)
    session, own = behind.holder.proven(client, grant, asked.now)
    await check_consent(deps, client, session)
    there = own if audience == client.client_id else await seen_at(deps, session, audience)
    wanted = Wanted(audience=audience, scope=grant.scope, nonce=code.nonce, jkt=jkt)
    use = replace(asked, bound_to=key_to_bind(client, jkt))
    if grant.may_refresh(client):
        new = NewRefreshToken(session)
        wanted = replace(wanted, refresh_token=new.token)
        use = replace(use, refresh_hash=new.token_hash, refresh_expires_at=new.expires_at)
    answer = token_response(deps, client=client, grant=grant, wanted=wanted, holder=(session, own), there=there)
    return answer if await deps.code_flow.use(use) else None


async def _end_if_replayed(tx: AsyncConnection, actor: Actor, client: Client, code_hash: bytes) -> None:
    grant_id = await grants.used_by(tx, code_hash=code_hash, client_id=client.client_id)
    grant = await grants.get(tx, grant_id) if grant_id is not None else None
    if grant is not None:
        await end_grant(tx, actor, grant, GrantEndReason.CODE_REPLAYED)
