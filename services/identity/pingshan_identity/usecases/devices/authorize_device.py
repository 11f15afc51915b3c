"""Authorizes a device: it gets a code that a person enters elsewhere (RFC 8628 section 3.1)."""

import secrets
from dataclasses import dataclass, field
from hashlib import sha256

from pingshan_kit import clock, telemetry

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.devices.device_authorization import DEVICE_CODE, device_scope, new_user_code
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.domain.oauth.public_clients import DEVICES, DEVICES_ON_NETWORK
from pingshan_identity.domain.sign_in.throttle import Counted
from pingshan_identity.store.devices import device_authorizations
from pingshan_identity.usecases.counting import spend_of_client
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.devices.shared import user_code_index

_BUDGETS = {Counted.DEVICES_ON_NETWORK: DEVICES_ON_NETWORK, Counted.DEVICES: DEVICES}


@dataclass(frozen=True, slots=True)
class AuthorizeDevice:
    client: Client
    parameters: Parameters = field(repr=False)
    address: str
    """From where it came."""
    jkt: str | None
    """Thumbprint of the key that its tokens will be bound to (RFC 9449); None for no binding."""


@dataclass(frozen=True, slots=True)
class DeviceCode:
    device_code: str = field(repr=False)
    user_code: str = field(repr=False)


async def authorize_device(deps: Dependencies, command: AuthorizeDevice) -> DeviceCode:
    """Returns a device code and a user code; the store keeps a hash of the first and a keyed index of the second.

    Raises:
        OAuthError: `unauthorized_client`, `invalid_scope` or `invalid_target`; `temporarily_unavailable` where a public
            client's network has asked for too many codes.
    """
    client = command.client
    client.require_grant_type(DEVICE_CODE)
    scope, audience = device_scope(client, command.parameters), command.parameters.get("audience")
    client.audience(audience)
    telemetry.mark(system_id=client.client_id)
    made = DeviceCode(secrets.token_urlsafe(32), new_user_code())
    async with deps.database.begin() as tx:
        await spend_of_client(tx, deps.personal, client, command.address, _BUDGETS)
        await device_authorizations.add(
            tx,
            device_code_hash=sha256(made.device_code.encode()).digest(),
            user_code_index=user_code_index(deps.personal, made.user_code),
            client_id=client.client_id,
            scope=scope,
            audience=audience,
            dpop_jkt=command.jkt,
            now=clock.now(),
        )
    return made
