"""Whether an access token that one of our services was given is alive, for when it cannot tell by itself."""

from typing import Any

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.clients.tokens import ACCESS_TOKEN, TokenSigner
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.usecases.oauth.introspect_token import is_alive


async def introspect_for_service(
    actor: Actor, database: Database, personal: PersonalData, signer: TokenSigner, *, token: str
) -> dict[str, Any] | None:
    """Its claims; None for a token that is dead, unknown, or made for another audience."""
    try:
        claims = signer.read(token, ACCESS_TOKEN)
    except OAuthError:
        return None
    if claims["aud"] != actor.service or claims["exp"] <= clock.now().timestamp():
        return None
    async with database.read() as tx:
        return claims if await is_alive(tx, personal, claims) else None
