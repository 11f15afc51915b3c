"""The assurance level that a sign-in must reach, from where it leads."""

from pingshan_kit.crypto import PersonalData
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.oauth.acr import asked_level
from pingshan_identity.domain.oauth.claims_request import read_claims_request
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.assurance import level_needed
from pingshan_identity.usecases.oauth.waiting_requests import leads_to


async def needed_level(tx: AsyncConnection, personal: PersonalData, realm: Realm, continuation: str) -> int:
    """1 to 3; what an unknown client asks counts as identity's own page."""
    destination = await leads_to(tx, personal, continuation)
    if destination is None:
        return level_needed(realm, system=None, asked=None)
    client, asked = destination
    return level_needed(realm, system=client.required_level, asked=_asked(asked.get("acr_values"), asked.get("claims")))


def _asked(acr_values: str | None, claims: str | None) -> int | None:
    """What cannot be read asks for nothing here: the client is told at the authorization endpoint."""
    try:
        return asked_level(acr_values, read_claims_request(claims))[0]
    except OAuthError:
        return None
