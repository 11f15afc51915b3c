"""Token exchange over gRPC: an agency's system, known by its own token, exchanges a person's (RFC 8693)."""

from typing import Any

from pingshan_kit.crypto import PersonalData
from pingshan_kit.errors import Forbidden
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor, ActorKind

from pingshan_identity.clients.tokens import TokenSigner
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.store.clients import clients
from pingshan_identity.usecases.oauth.exchange_token import TOKEN_EXCHANGE, exchange_token


async def exchange_for_client(
    actor: Actor,
    database: Database,
    personal: PersonalData,
    signer: TokenSigner,
    *,
    subject_token: str,
    audience: str,
    scope: str | None,
) -> dict[str, Any]:
    """The response of the exchange.

    Raises:
        Forbidden: no client is calling.
        OAuthError: as at the token endpoint.

    """
    if actor.kind is not ActorKind.CLIENT or actor.client_id is None:
        raise Forbidden
    async with database.read() as tx:
        client = await clients.get(tx, actor.client_id)
    if client is None or client.disabled:
        raise OAuthError("invalid_client", "the client is unknown, or has been switched off")
    client.require_grant_type(TOKEN_EXCHANGE)
    return await exchange_token(
        actor,
        database,
        personal,
        signer,
        exchanger=client.client_id,
        subject_token=subject_token,
        audience=client.audience(audience),
        scope=scope,
        jkt=None,
    )
