"""Reads a request object by value: opened, verified with the client's key, and turned into parameters (RFC 9101)."""

from collections.abc import Mapping
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import Key, import_key
from pingshan_kit import clock
from pingshan_kit.trust import jose

from pingshan_identity.clients.tokens import verified
from pingshan_identity.domain.authorization_requests.par import Pairs
from pingshan_identity.domain.authorization_requests.request_object import (
    check_claims,
    check_header,
    check_outside,
    pairs_of,
)
from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.oauth.parameters import MAX_TOKEN_LENGTH, Parameters
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.usecases.dependencies import Dependencies


def has_object(pairs: Pairs) -> bool:
    """Returns whether the request brings an object, be it once, twice or too long."""
    return any(name == "request" and value for name, value in pairs)


def unproven_pairs(client: Client, pairs: Pairs) -> Pairs:
    """Returns what the object says before anybody has verified it, for an error to find its way; empty where it cannot
    be read.

    That grants nothing: the address is compared with those of the client, as everybody's is.
    """
    try:
        return pairs_of(client, _opened(pairs)[2])
    except OAuthError:
        return ()


async def read_request_object(deps: Dependencies, *, client: Client, pairs: Pairs) -> Pairs:
    """Returns the parameters of the request, all from the object.

    Raises:
        OAuthError: `invalid_request_object`; `invalid_request`, there are two.
    """
    token, header, _ = _opened(pairs)
    alg = check_header(client, header)
    try:
        claims = verified(token, await _key(deps, client, header.get("kid"), alg), alg)
    except OAuthError as error:
        raise OAuthError("invalid_request_object", f"the request object is refused: {error.description}") from error
    check_claims(client, claims, deps.signer.issuer, clock.now())
    check_outside(claims, pairs)
    return pairs_of(client, claims)


def _opened(pairs: Pairs) -> tuple[str, Mapping[str, Any], Mapping[str, Any]]:
    token = Parameters(pairs).require("request", longest=MAX_TOKEN_LENGTH)
    try:
        return token, *jose.opened(token)
    except jose.TokenRefused as error:
        raise OAuthError("invalid_request_object", "the request object is no signed JWT (RFC 9101)") from error


async def _key(deps: Dependencies, client: Client, kid: object, alg: str) -> Key:
    try:
        document = await deps.client_key_sets.named(client, kid, alg)
        if document is not None:
            return import_key(dict(document))
    except (JoseError, ValueError) as error:
        raise OAuthError("invalid_request_object", "the key of the client cannot be read") from error
    raise OAuthError("invalid_request_object", "it is signed with none of the client's keys")
