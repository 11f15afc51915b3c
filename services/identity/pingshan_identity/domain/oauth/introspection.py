"""Answers about tokens (RFC 7662)."""

from collections.abc import Mapping
from typing import Any

from pingshan_identity.domain.clients.client import Client, ClientKind

INACTIVE: Mapping[str, Any] = {"active": False}
"""Nothing else is said of a token that is dead, unknown, or not the asker's business (section 2.2)."""
_TOLD = (
    "iss", "sub", "aud", "client_id", "scope", "exp", "iat", "jti", "sid", "acr", "amr", "auth_time", "realm", "org",
    "posts", "roles", "cnf", "act",
)  # fmt: skip


def may_ask(client: Client, claims: Mapping[str, Any]) -> bool:
    """A client asks about its own tokens and those made for it; a service of ours about those made for it."""
    if client.kind is ClientKind.PLATFORM:
        return claims.get("aud") == client.client_id
    return client.client_id in {claims.get("client_id"), claims.get("aud")}


def about_access_token(claims: Mapping[str, Any]) -> dict[str, Any]:
    """Section 2.2; no name, since the token holds none."""
    told = {name: claims[name] for name in _TOLD if name in claims}
    return told | {"active": True, "token_type": "DPoP" if "cnf" in claims else "Bearer"}
