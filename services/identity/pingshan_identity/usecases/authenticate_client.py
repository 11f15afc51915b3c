"""Who is the client at the token endpoint (RFC 6749 section 2.3, RFC 7523, OpenID Connect Core section 9)."""

import hmac
from base64 import b64decode
from binascii import Error as BinasciiError
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import unquote_plus

from joserfc.jwk import ECKey
from pingshan_kit import clock
from pingshan_kit.database import Database
from pingshan_kit.trust import jose
from pingshan_kit.trust.service_tokens import ServiceKeys
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.clients.tokens import verified
from pingshan_identity.domain.assertion import check_assertion
from pingshan_identity.domain.client import AuthMethod, Client
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.domain.parameters import Parameters
from pingshan_identity.store import clients

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_KINDS = frozenset({"JWT", "client-authentication+jwt"})
_NOBODYS_HASH = bytes(32)


async def authenticate_client(
    actor: Actor,
    database: Database,
    service_keys: ServiceKeys,
    *,
    audiences: frozenset[str],
    authorization: str | None,
    parameters: Parameters,
) -> Client:
    """The client that proved itself with the one method it is registered for.

    `audiences`: what a client assertion may name as its `aud`: our issuer and our token endpoint.

    Raises:
        OAuthError: `invalid_client`; `invalid_request` where two methods were used.

    """
    del actor  # nobody is known before this
    assertion = parameters.get("client_assertion")
    if parameters.get("client_secret") is not None:
        raise OAuthError("invalid_client", "client_secret_post is not supported: send the secret with HTTP Basic")
    if authorization is not None and assertion is not None:
        raise OAuthError("invalid_request", "use one method of client authentication")
    if authorization is not None:
        async with database.read() as tx:
            client = await _by_secret(tx, authorization)
    elif assertion is not None and parameters.get("client_assertion_type") == ASSERTION_TYPE:
        async with database.begin() as tx:
            client = await _by_assertion(tx, service_keys, audiences, assertion)
    else:
        raise OAuthError("invalid_client", "client authentication is required")
    if parameters.get("client_id") not in {None, client.client_id}:
        raise OAuthError("invalid_client", "client_id is not the client that authenticated")
    return client


async def _by_secret(tx: AsyncConnection, authorization: str) -> Client:
    client_id, secret = _basic(authorization)
    found = await clients.with_secret_hash(tx, client_id)
    stored = found[1] if found is not None and found[1] is not None else _NOBODYS_HASH
    right = hmac.compare_digest(sha256(secret.encode()).digest(), stored)
    if found is None or not right or found[0].auth_method is not AuthMethod.CLIENT_SECRET_BASIC:
        raise OAuthError("invalid_client", "the client is unknown, or its secret is wrong")
    return found[0]


def _basic(authorization: str) -> tuple[str, str]:
    """Client id and secret, each form-urlencoded inside HTTP Basic (RFC 6749 section 2.3.1)."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        text = b64decode(encoded, validate=True).decode("utf-8")
    except (BinasciiError, ValueError) as error:
        raise OAuthError("invalid_client", "the Authorization header is malformed") from error
    client_id, separator, secret = text.partition(":")
    if scheme.lower() != "basic" or not separator:
        raise OAuthError("invalid_client", "the Authorization header is not HTTP Basic")
    return unquote_plus(client_id)[:100], unquote_plus(secret)


async def _by_assertion(
    tx: AsyncConnection, service_keys: ServiceKeys, audiences: frozenset[str], assertion: str
) -> Client:
    client_id, key = _proposed_key(service_keys, assertion)
    client = await clients.get(tx, client_id)
    if client is None or client.auth_method is not AuthMethod.PRIVATE_KEY_JWT:
        raise OAuthError("invalid_client", "the client is unknown, or does not authenticate with a key")
    checked = check_assertion(_verified(assertion, key), client_id, audiences, clock.now())
    expires_at = datetime.fromtimestamp(checked.expires_at, UTC)
    if not await clients.note_assertion(tx, client_id, sha256(checked.jti.encode()).digest(), expires_at):
        raise OAuthError("invalid_client", "the assertion was used before (jti)")
    return client


def _proposed_key(service_keys: ServiceKeys, assertion: str) -> tuple[str, ECKey]:
    """The client and its key: in the platform's JWKS the `kid` is the client's id."""
    try:
        client_id = jose.key_id(assertion, _ASSERTION_KINDS)
        return client_id, service_keys.get(client_id)
    except jose.TokenRefused as error:
        raise OAuthError("invalid_client", "the assertion is malformed, or signed with an unknown key") from error


def _verified(assertion: str, key: ECKey) -> dict[str, Any]:
    try:
        return verified(assertion, key, jose.ALGORITHM)
    except OAuthError as error:
        raise OAuthError("invalid_client", error.description) from error
