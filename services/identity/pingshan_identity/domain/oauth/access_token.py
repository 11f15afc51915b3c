"""Checks of the claims of an access token whose signature is known to be ours."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.oauth_error import OAuthError

USERINFO_SCOPE = "openid"
"""Scope that a token must have at userinfo (OpenID Connect Core section 5.3)."""
OWN_AUDIENCE = "identity"
"""The `aud` of tokens for our own interfaces."""


def has_expired(claims: Mapping[str, Any], now: datetime) -> bool:
    """Returns whether `exp` has passed, whatever became of the grant and the session."""
    return bool(claims["exp"] <= now.timestamp())


def is_a_persons(claims: Mapping[str, Any]) -> bool:
    """Returns whether a grant and a session are behind the token; a machine's token has neither."""
    return "grant" in claims


def was_given_to(client: Client, claims: Mapping[str, Any]) -> bool:
    """Returns whether the token was issued to the client: no client revokes another's (RFC 7009 section 2.1)."""
    return bool(claims["client_id"] == client.client_id)


def check_at_userinfo(claims: Mapping[str, Any], *, jkt: str | None, now: datetime) -> None:
    """Refuses a token that opens nothing at userinfo.

    A token without an `audience` asked for is for its own client and for userinfo; another one must be for us (RFC 9068
    section 4). `jkt`: thumbprint of the key whose proof came with the token (RFC 9449 section 7); None where none came.

    Raises:
        OAuthError: `invalid_token`, it has expired, is a machine's, of another key or for another audience;
            `insufficient_scope`, it was narrowed so that `openid` is not in it, or its grant is plain OAuth 2.0.
    """
    if claims.get("cnf", {}).get("jkt") != jkt:
        raise OAuthError("invalid_token", "the token is bound to a key, and this is no proof of it (RFC 9449)")
    if has_expired(claims, now) or not is_a_persons(claims):
        raise OAuthError("invalid_token", "the token has expired, or is not a person's")
    if claims["aud"] not in {claims["client_id"], OWN_AUDIENCE}:
        raise OAuthError("invalid_token", "the token is for another audience (RFC 9068)")
    if USERINFO_SCOPE not in claims["scope"].split():
        raise OAuthError("insufficient_scope", f"the scope of the token lacks {USERINFO_SCOPE}")
