"""Introspects an access token for a service that cannot tell by itself whether it is alive."""

from typing import Any

from pingshan_kit import clock
from pingshan_values.actor import Actor

from pingshan_identity.clients.tokens import ACCESS_TOKEN
from pingshan_identity.domain.oauth.introspection import may_be_told
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.shared import is_alive_now


async def introspect_for_service(deps: Dependencies, actor: Actor, *, token: str) -> dict[str, Any] | None:
    """Returns the token's claims; None for a token that is dead, unknown, or made for another audience."""
    try:
        claims = deps.signer.read(token, ACCESS_TOKEN)
    except OAuthError:
        return None
    if not may_be_told(actor.service, claims, clock.now()):
        return None
    return claims if await is_alive_now(deps, claims) else None
