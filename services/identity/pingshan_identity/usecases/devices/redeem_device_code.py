"""Exchanges a device code for tokens, once the person has allowed it (RFC 8628 section 3.4)."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from pingshan_kit import clock

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.devices.device_authorization import DEVICE_CODE, longer_wait
from pingshan_identity.domain.oauth.grant import require_same_key
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.store.devices import device_authorizations
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.shared import bound_grant
from pingshan_identity.usecases.oauth.token_response import Wanted, issue_tokens


@dataclass(frozen=True, slots=True)
class RedeemDeviceCode:
    client: Client
    parameters: Parameters = field(repr=False)
    jkt: str | None
    """Thumbprint of the key whose proof came with the request (RFC 9449); None for no binding."""


async def redeem_device_code(deps: Dependencies, command: RedeemDeviceCode) -> dict[str, Any]:
    """Returns the token response, once; a poll before the person's decision is noted.

    Raises:
        OAuthError: `authorization_pending`, `slow_down`, `access_denied`, `expired_token`, `invalid_grant`,
            `unauthorized_client`.
    """
    client = command.client
    client.require_grant_type(DEVICE_CODE)
    code_hash, now = sha256(command.parameters.require("device_code").encode()).digest(), clock.now()
    refused: OAuthError | None = None
    async with deps.database.begin() as tx:
        found = await device_authorizations.polled(tx, code_hash, client.client_id)
        if found is None:
            raise OAuthError("invalid_grant", "the device code is unknown, or another client's")
        try:
            grant_id = found.check_poll(now)
        except OAuthError as error:
            refused = error
            await device_authorizations.note_poll(tx, code_hash, now, slower=longer_wait(error))
        else:
            require_same_key(found.dpop_jkt, command.jkt)
            grant = await bound_grant(tx, client, grant_id, command.jkt)
            await device_authorizations.use_up(tx, code_hash, now)
            wanted = Wanted(audience=client.audience(found.audience), scope=found.scope, jkt=command.jkt)
            return await issue_tokens(tx, deps, client=client, grant=grant, wanted=wanted)
    raise refused
