"""What an access token of ours still opens: checks of its claims, once the signature is known to be ours."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.oauth_error import OAuthError


def has_expired(claims: Mapping[str, Any], now: datetime) -> bool:
    """Returns whether its life is over, whatever grant and session say."""
    return bool(claims["exp"] <= now.timestamp())


def is_a_persons(claims: Mapping[str, Any]) -> bool:
    """Returns whether a grant and a session stand behind it; the token of a machine has neither."""
    return "grant" in claims


def was_given_to(client: Client, claims: Mapping[str, Any]) -> bool:
    """Returns whether the token is the client's own: it may give back no other one (RFC 7009 section 2.1)."""
    return bool(claims["client_id"] == client.client_id)


def check_at_userinfo(claims: Mapping[str, Any], *, jkt: str | None, now: datetime) -> None:
    """Refuse what opens nothing at userinfo. `jkt`: thumbprint of the key whose proof came (RFC 9449 section 7).

    Raises:
        OAuthError: `invalid_token`.

    """
    if claims.get("cnf", {}).get("jkt") != jkt:
        raise OAuthError("invalid_token", "the token is bound to a key, and this is no proof of it (RFC 9449)")
    if has_expired(claims, now) or not is_a_persons(claims):
        raise OAuthError("invalid_token", "the token has expired, or is not a person's")
