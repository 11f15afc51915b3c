"""Authenticates clients at the token endpoint (RFC 6749 section 2.3, RFC 7523, OpenID Connect Core section 9)."""

from base64 import b64decode
from binascii import Error as BinasciiError
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import unquote_plus

from joserfc.errors import JoseError
from joserfc.jwk import Key, import_key
from pingshan_kit import clock
from pingshan_kit.trust import jose

from pingshan_identity.clients.tokens import verified
from pingshan_identity.domain.clients.client import AuthMethod, Client, ClientKind
from pingshan_identity.domain.clients.client_keys import ASSERTION_ALGORITHMS, assertion_algorithms
from pingshan_identity.domain.clients.client_secret import NO_SECRETS
from pingshan_identity.domain.oauth.assertion import check_assertion
from pingshan_identity.domain.oauth.client_authentication import check_authenticated, used_method
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.store.clients import clients
from pingshan_identity.usecases.dependencies import Dependencies

_ASSERTION_KINDS = (None, "JWT", "client-authentication+jwt")


@dataclass(frozen=True, slots=True)
class AuthenticateClient:
    audiences: frozenset[str]
    """Values that a client assertion may have as `aud`: our issuer and our endpoints."""
    authorization: str | None = field(repr=False)
    """The `Authorization` header; None where there was none."""
    parameters: Parameters = field(repr=False)


async def authenticate_client(deps: Dependencies, command: AuthenticateClient) -> Client:
    """Returns the client that proved itself by the method it is registered for; a public client only names itself.

    Raises:
        OAuthError: `invalid_client`; `invalid_request` where two methods were used.
    """
    parameters = command.parameters
    named, method = parameters.get("client_id"), used_method(command.authorization, parameters)
    match method:
        case AuthMethod.CLIENT_SECRET_BASIC:
            client = await _by_secret(deps, method, *_basic(command.authorization or ""))
        case AuthMethod.CLIENT_SECRET_POST:
            client = await _by_secret(deps, method, named or "", parameters.require("client_secret"))
        case AuthMethod.PRIVATE_KEY_JWT:
            assertion = parameters.require("client_assertion")
            client = await _by_assertion(deps, command.audiences, assertion)
        case AuthMethod.NONE:
            client = await _public(deps, named)
    check_authenticated(client, named)
    return client


def claimed(authorization: str | None, parameters: Parameters) -> tuple[str | None, AuthMethod | None]:
    """Returns the client id and method that a request claims, unproven; None for what cannot be read."""
    try:
        if authorization is not None:
            return _basic(authorization)[0], AuthMethod.CLIENT_SECRET_BASIC
        if (assertion := parameters.get("client_assertion")) is not None:
            issuer = _peek(assertion)[1].get("iss")
            return issuer if isinstance(issuer, str) else None, AuthMethod.PRIVATE_KEY_JWT
        posted = parameters.get("client_secret") is not None
        return parameters.get("client_id"), AuthMethod.CLIENT_SECRET_POST if posted else AuthMethod.NONE
    except OAuthError:
        return None, None


async def _by_secret(deps: Dependencies, method: AuthMethod, client_id: str, secret: str) -> Client:
    found = await deps.client_reads.with_secrets(client_id[:100])
    known = found[1] if found is not None else NO_SECRETS
    right = known.has(sha256(secret.encode()).digest(), clock.now())
    if found is None or not right or found[0].auth_method is not method:
        raise OAuthError(
            "invalid_client", "the client is unknown, its secret is wrong, or it is registered for another method"
        )
    return found[0]


def _basic(authorization: str) -> tuple[str, str]:
    """Returns client id and secret, each form-urlencoded inside HTTP Basic (RFC 6749 section 2.3.1)."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        text = b64decode(encoded, validate=True).decode("utf-8")
    except (BinasciiError, ValueError) as error:
        raise OAuthError("invalid_client", "the Authorization header is malformed") from error
    client_id, separator, secret = text.partition(":")
    if scheme.lower() != "basic" or not separator:
        raise OAuthError("invalid_client", "the Authorization header is not HTTP Basic")
    return unquote_plus(client_id), unquote_plus(secret)


async def _public(deps: Dependencies, client_id: str | None) -> Client:
    found = await deps.client_reads.with_secrets(client_id[:100]) if client_id is not None else None
    if found is None or found[0].auth_method is not AuthMethod.NONE:
        raise OAuthError("invalid_client", "client authentication is required")
    return found[0]


async def _by_assertion(deps: Dependencies, audiences: frozenset[str], assertion: str) -> Client:
    header, proposed = _peek(assertion)
    client_id = proposed.get("iss")
    found = await deps.client_reads.with_secrets(client_id[:100]) if isinstance(client_id, str) else None
    if found is None or found[0].auth_method is not AuthMethod.PRIVATE_KEY_JWT:
        raise OAuthError("invalid_client", "the client is unknown, or does not authenticate with a key")
    client = found[0]
    if header["alg"] not in assertion_algorithms(client):
        raise OAuthError("invalid_client", "the profile of the client does not allow the assertion's algorithm")
    claims = _verified(assertion, await _key(deps, client, header), header["alg"])
    checked = check_assertion(claims, client.client_id, audiences, clock.now())
    expires_at = datetime.fromtimestamp(checked.expires_at, UTC)
    async with deps.database.begin() as tx:
        is_new = await clients.note_assertion(tx, client.client_id, sha256(checked.jti.encode()).digest(), expires_at)
    if not is_new:
        raise OAuthError("invalid_client", "the assertion was used before (jti)")
    return client


def _peek(assertion: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    try:
        header, proposed = jose.peek(assertion, frozenset(ASSERTION_ALGORITHMS))
    except jose.TokenRefused as error:
        raise OAuthError("invalid_client", "the assertion is malformed, or its algorithm is not accepted") from error
    if header.get("typ") not in _ASSERTION_KINDS:
        raise OAuthError("invalid_client", "the typ of the assertion must be JWT")
    return header, proposed


async def _key(deps: Dependencies, client: Client, header: Mapping[str, Any]) -> Key:
    """Returns the client's key: of our own services from the platform's JWKS (`kid`: the service), of others as
    registered, or as they publish it.
    """
    try:
        if client.kind is ClientKind.PLATFORM:
            if (header.get("kid"), header["alg"]) == (client.client_id, jose.ALGORITHM):
                return deps.service_keys.get(client.client_id)
        elif document := await deps.client_key_sets.named(client, header.get("kid"), header["alg"]):
            return import_key(dict(document))
    except (jose.TokenRefused, JoseError, ValueError) as error:
        raise OAuthError("invalid_client", "the key of the client cannot be read") from error
    raise OAuthError("invalid_client", "the assertion is signed with an unknown key")


def _verified(assertion: str, key: Key, alg: str) -> dict[str, Any]:
    try:
        return verified(assertion, key, alg)
    except OAuthError as error:
        raise OAuthError("invalid_client", error.description) from error
