"""New tokens for a refresh token, which is used up by it (RFC 6749 section 6, RFC 9700 section 2.2.2)."""

from hashlib import sha256
from typing import Any

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.clients.tokens import TokenSigner
from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.oauth.grant import GrantEndReason
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.domain.oauth.refresh_token import narrowed
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.store.oauth import grants, refresh_tokens
from pingshan_identity.usecases.oauth.shared import end_grant
from pingshan_identity.usecases.oauth.token_response import Wanted, sealed, token_response, unsealed

_REFUSED = OAuthError("invalid_grant", "the refresh token is unknown, used, expired, or another client's")


async def refresh_grant(
    actor: Actor,
    database: Database,
    personal: PersonalData,
    signer: TokenSigner,
    *,
    client: Client,
    parameters: Parameters,
    jkt: str | None,
) -> dict[str, Any]:
    """The token response with the next refresh token.

    The same token again within 30 s gives the very same response; later it ends the grant.

    Raises:
        OAuthError: `invalid_grant`, `invalid_scope`, `invalid_target` or `unauthorized_client`.

    """
    client.require_grant_type("refresh_token")
    audience = client.audience(parameters.get("audience"))
    token_hash = sha256(parameters.require("refresh_token").encode()).digest()
    async with database.begin() as tx:
        grant_id = await refresh_tokens.use(tx, token_hash, client.client_id, clock.now())
        grant = await grants.get(tx, grant_id) if grant_id is not None else None
        if grant is None:
            answer = await _again(tx, actor, personal, client, token_hash)
        else:
            refuse_another_key(grant.dpop_jkt, jkt)
            scope = narrowed(grant.scope, parameters.get("scope"))
            wanted = Wanted(audience=audience, scope=scope, jkt=jkt)
            answer = await token_response(tx, personal, signer, client=client, grant=grant, wanted=wanted)
            await refresh_tokens.keep_answer(tx, token_hash, sealed(personal, answer, token_hash))
    if answer is None:
        raise _REFUSED
    return answer


def refuse_another_key(bound: str | None, jkt: str | None) -> None:
    """What was bound to a key goes on with that key only (RFC 9449 section 5).

    Raises:
        OAuthError: `invalid_grant`.

    """
    if bound is not None and bound != jkt:
        raise OAuthError("invalid_grant", "the grant is bound to another key (RFC 9449)")


async def _again(
    tx: AsyncConnection, actor: Actor, personal: PersonalData, client: Client, token_hash: bytes
) -> dict[str, Any] | None:
    """The answer of a moment ago; None where there is none, and the grant is ended for a token used long before."""
    used = await refresh_tokens.used(tx, token_hash, client.client_id)
    grant = await grants.get(tx, used.grant_id) if used is not None else None
    if used is None or grant is None or grant.ended_at is not None:
        return None
    if used.answer_encrypted is not None and used.may_answer_again(clock.now()):
        return unsealed(personal, used.answer_encrypted, token_hash)
    await end_grant(tx, actor, grant, GrantEndReason.REFRESH_REPLAYED)
    return None
