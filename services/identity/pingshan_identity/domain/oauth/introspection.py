"""Token introspection: who is told what (RFC 7662)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pingshan_identity.domain.clients.client import Client, ClientKind
from pingshan_identity.domain.oauth.access_token import has_expired

INACTIVE: Mapping[str, Any] = {"active": False}
"""The whole answer for a token that is dead, unknown, or not the asker's business (section 2.2)."""
_TOLD = (
    "iss", "sub", "aud", "client_id", "scope", "exp", "iat", "jti", "sid", "acr", "amr", "auth_time", "realm", "org",
    "posts", "roles", "cnf", "act",
)  # fmt: skip


def may_be_told(service: str | None, claims: Mapping[str, Any], now: datetime) -> bool:
    """Returns whether a service of ours may be told about a token: its `aud` is the service, and it has not expired."""
    return claims["aud"] == service and not has_expired(claims, now)


def may_ask(client: Client, claims: Mapping[str, Any]) -> bool:
    """Returns whether the token is the client's own or has it as `aud`; for a service of ours only the latter."""
    if client.kind is ClientKind.PLATFORM:
        return claims.get("aud") == client.client_id
    return client.client_id in {claims.get("client_id"), claims.get("aud")}


def about_refresh_token(*, client_id: str, scope: str, sub: str, expires_at: datetime) -> dict[str, Any]:
    """Returns the answer for the client of a live refresh token (section 2.2).

    `sub`: the name by which the client knows the person.
    """
    return {
        "active": True,
        "client_id": client_id,
        "scope": scope,
        "sub": sub,
        "exp": int(expires_at.timestamp()),
        "token_type": "refresh_token",
    }


def about_access_token(claims: Mapping[str, Any], sub: str) -> dict[str, Any]:
    """Returns the answer for a live access token (section 2.2); it has no name, since the token has none.

    `sub`: the name by which the asker knows the token's holder; it stands in a token for a service of ours only as the
    service knows it.
    """
    told = {name: claims[name] for name in _TOLD if name in claims}
    return told | {"sub": sub, "active": True, "token_type": "DPoP" if "cnf" in claims else "Bearer"}
