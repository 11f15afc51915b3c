"""Exchanges a refresh token for new tokens (RFC 6749 section 6); those of public clients without a key are used up."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from pingshan_kit import clock
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.clients.tokens import ACCESS_TOKEN
from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.oauth.grant import Grant, GrantEndReason, key_to_bind, require_same_key
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.domain.oauth.refresh_token import UsedRefreshToken, is_same_request, narrowed, rotates
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.store.oauth import grants, refresh_tokens
from pingshan_identity.store.oauth.code_flow import BehindRefreshToken
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.shared import end_grant
from pingshan_identity.usecases.oauth.token_response import (
    Wanted,
    check_consent,
    holder_of,
    issue_tokens,
    sealed,
    seen_at,
    token_response,
    unsealed,
)

_REFUSED = OAuthError("invalid_grant", "the refresh token is unknown, used, expired, or another client's")


@dataclass(frozen=True, slots=True)
class RefreshGrant:
    client: Client
    parameters: Parameters = field(repr=False)
    jkt: str | None
    """Thumbprint of the key whose proof came with the request (RFC 9449); None for no binding."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """Is what one request presents and asks for."""

    client: Client
    token: str = field(repr=False)
    audience: str
    scope: str | None
    jkt: str | None

    @property
    def token_hash(self) -> bytes:
        return sha256(self.token.encode()).digest()


async def refresh_grant(deps: Dependencies, actor: Actor, command: RefreshGrant) -> dict[str, Any]:
    """Returns the token response: with the same refresh token, or with the next one where it is good once.

    A used one gets the same response again within 30 s, while the next one is unused; else it ends the grant.

    Raises:
        OAuthError: `invalid_grant`, `invalid_scope`, `invalid_target` or `unauthorized_client`.
    """
    client, parameters = command.client, command.parameters
    client.require_grant_type("refresh_token")
    audience = client.audience(parameters.get("audience"))
    asked = _Asked(client, parameters.require("refresh_token"), audience, parameters.get("scope"), command.jkt)
    behind = await deps.code_flow.behind_refresh_token(asked.token_hash, client.client_id, clock.today())
    if behind is not None and behind.token.is_usable(clock.now()) and not rotates(client, behind.grant):
        return await _kept(deps, asked, behind)
    async with deps.database.begin() as tx:
        grant = await _grant(tx, asked)
        if grant is not None and not rotates(client, grant):
            raise _REFUSED  # a proof has bound it since it was read: the client comes with one, too
        if grant is not None and await refresh_tokens.use(tx, asked.token_hash, clock.now()):
            answer: dict[str, Any] | None = await _rotated(tx, deps, asked, grant)
        else:
            answer = await _again(tx, deps, actor, asked)
    if answer is None:
        raise _REFUSED
    return answer


async def _grant(tx: AsyncConnection, asked: _Asked) -> Grant | None:
    """Returns the grant of an unused token; None where it is used, expired, unknown or another client's."""
    found = await refresh_tokens.alive(tx, asked.token_hash, clock.now())
    grant = await grants.get(tx, found[0]) if found is not None else None
    return grant if grant is not None and grant.client_id == asked.client.client_id else None


async def _kept(deps: Dependencies, asked: _Asked, behind: BehindRefreshToken) -> dict[str, Any]:
    client, grant = asked.client, behind.grant
    require_same_key(grant.dpop_jkt, asked.jkt)
    wanted = Wanted(asked.audience, narrowed(grant.scope, asked.scope), jkt=asked.jkt, refresh_token=asked.token)
    session, own = behind.holder.proven(client, grant, clock.now())
    await check_consent(deps, client, session)
    there = own if asked.audience == client.client_id else await seen_at(deps, session, asked.audience)
    return token_response(deps, client=client, grant=grant, wanted=wanted, holder=(session, own), there=there)


async def _rotated(tx: AsyncConnection, deps: Dependencies, asked: _Asked, grant: Grant) -> dict[str, Any]:
    """Returns the answer with the next token, and keeps it; that of the token before can be erased, its turn is over.

    A proof binds the grant from here on (RFC 9449 section 5).
    """
    await refresh_tokens.erase_answers(tx, grant.grant_id)
    if (key := key_to_bind(asked.client, asked.jkt)) is not None:
        await grants.bind(tx, grant.grant_id, key)
    wanted = Wanted(asked.audience, narrowed(grant.scope, asked.scope), jkt=asked.jkt)
    answer = await issue_tokens(tx, deps, client=asked.client, grant=grant, wanted=wanted)
    await refresh_tokens.keep_answer(tx, asked.token_hash, sealed(deps.personal, answer, asked.token_hash))
    return answer


async def _again(tx: AsyncConnection, deps: Dependencies, actor: Actor, asked: _Asked) -> dict[str, Any] | None:
    """Returns the answer of a moment ago, to whoever could have got it now; None where there is none.

    Any other second use may be a thief's, or the client's after a thief: it ends the grant (RFC 9700 section 4.14.2).

    Raises:
        OAuthError: `invalid_grant`, the grant has ended, or the person may not open the system any more.
    """
    used = await refresh_tokens.used(tx, asked.token_hash, asked.client.client_id)
    grant = await grants.get(tx, used.grant_id) if used is not None else None
    if used is None or grant is None:
        return None
    answer = _repeated(deps, asked, grant, used)
    if answer is None:
        await end_grant(tx, actor, grant, GrantEndReason.REFRESH_REPLAYED)
        return None
    await holder_of(tx, deps, client=asked.client, grant=grant)
    return answer


def _repeated(deps: Dependencies, asked: _Asked, grant: Grant, used: UsedRefreshToken) -> dict[str, Any] | None:
    if used.answer_encrypted is None or not used.has_grace(clock.now()):
        return None
    answer = unsealed(deps.personal, used.answer_encrypted, asked.token_hash)
    try:
        claims = deps.signer.read(answer["access_token"], ACCESS_TOKEN)
        scope = narrowed(grant.scope, asked.scope)
    except OAuthError:  # the signing key was withdrawn, or the scope is another one
        return None
    return answer if is_same_request(claims, audience=asked.audience, scope=scope, jkt=asked.jkt) else None
