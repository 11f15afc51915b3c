"""Exchanges a person's token over gRPC for an agency's system that is known by its own token (RFC 8693)."""

from dataclasses import dataclass, field
from typing import Any

from pingshan_kit.errors import Forbidden
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import require_client
from pingshan_identity.domain.oauth.client_authentication import check_authenticated
from pingshan_identity.domain.oauth.token_exchange import TOKEN_EXCHANGE
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.store.clients import clients
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.exchange_token import ExchangeToken, exchange_token


@dataclass(frozen=True, slots=True)
class ExchangeForClient:
    subject_token: str = field(repr=False)
    audience: str
    scope: str | None


async def exchange_for_client(deps: Dependencies, actor: Actor, command: ExchangeForClient) -> dict[str, Any]:
    """Returns the response of the token exchange (section 2.2.1).

    Raises:
        Forbidden: no client is calling.
        OAuthError: as at the token endpoint. No proof of a key comes by gRPC: who must bind its tokens gets none here.
    """
    client_id = require_client(actor, Forbidden)
    async with deps.database.read() as tx:
        client = await clients.get(tx, client_id)
    if client is None:
        raise OAuthError("invalid_client", "the client is unknown")
    check_authenticated(client, client_id)
    client.require_grant_type(TOKEN_EXCHANGE)
    client.require_key(None)
    exchange = ExchangeToken(
        exchanger=client.client_id,
        subject_token=command.subject_token,
        audience=client.audience(command.audience),
        scope=command.scope,
        jkt=None,
    )
    return await exchange_token(deps, actor, exchange)
