"""A device asks for a code that a person will enter elsewhere (RFC 8628 section 3.1)."""

import secrets
from dataclasses import dataclass, field
from hashlib import sha256

from pingshan_kit import clock, telemetry
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.clients.scope import granted
from pingshan_identity.domain.oauth.device_authorization import new_user_code
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.store.oauth import device_authorizations

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"


@dataclass(frozen=True, slots=True)
class DeviceCode:
    device_code: str = field(repr=False)
    user_code: str = field(repr=False)


async def authorize_device(
    database: Database,
    personal: PersonalData,
    *,
    client: Client,
    parameters: Parameters,
    jkt: str | None,
) -> DeviceCode:
    """Both codes; the store keeps a hash of one and a keyed index of the other.

    Raises:
        OAuthError: `unauthorized_client`, `invalid_scope` or `invalid_target`.

    """
    client.require_grant_type(DEVICE_CODE)
    asked = (parameters.get("scope") or "openid").split()
    if "openid" not in asked:
        raise OAuthError("invalid_scope", "scope must contain openid")
    audience = parameters.get("audience")
    client.audience(audience)
    telemetry.mark(system_id=client.client_id)
    made = DeviceCode(secrets.token_urlsafe(32), new_user_code())
    async with database.begin() as tx:
        await device_authorizations.add(
            tx,
            device_code_hash=sha256(made.device_code.encode()).digest(),
            user_code_index=user_code_index(personal, made.user_code),
            client_id=client.client_id,
            scope=granted(asked, client.scopes),
            audience=audience,
            dpop_jkt=jkt,
            now=clock.now(),
        )
    return made


def user_code_index(personal: PersonalData, user_code: str) -> bytes:
    """Keyed, since 34 bits are soon tried out against a plain hash."""
    return personal.index(f"user code {user_code}")
