"""A device asks whether the person has decided (RFC 8628 section 3.4)."""

from hashlib import sha256
from typing import Any

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database

from pingshan_identity.clients.tokens import TokenSigner
from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.oauth.device_authorization import SLOWER
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.store.oauth import device_authorizations, grants
from pingshan_identity.usecases.oauth.authorize_device import DEVICE_CODE
from pingshan_identity.usecases.oauth.refresh_grant import refuse_another_key
from pingshan_identity.usecases.oauth.token_response import Wanted, token_response


async def redeem_device_code(
    database: Database,
    personal: PersonalData,
    signer: TokenSigner,
    *,
    client: Client,
    parameters: Parameters,
    jkt: str | None,
) -> dict[str, Any]:
    """The token response, once.

    Raises:
        OAuthError: `authorization_pending`, `slow_down`, `access_denied`, `expired_token`, `invalid_grant`,
            `unauthorized_client`.

    """
    client.require_grant_type(DEVICE_CODE)
    code_hash, now = sha256(parameters.require("device_code").encode()).digest(), clock.now()
    refused: OAuthError | None = None
    async with database.begin() as tx:
        found = await device_authorizations.polled(tx, code_hash, client.client_id)
        if found is None:
            raise OAuthError("invalid_grant", "the device code is unknown, or another client's")
        try:
            grant_id = found.check_poll(now)
        except OAuthError as error:
            refused = error
            slower = SLOWER if error.code == "slow_down" else 0
            await device_authorizations.note_poll(tx, code_hash, now, slower=slower)
        else:
            grant = await grants.get(tx, grant_id)
            if grant is None:
                raise OAuthError("invalid_grant", "the grant is gone")
            refuse_another_key(found.dpop_jkt, jkt)
            await device_authorizations.use_up(tx, code_hash, now)
            wanted = Wanted(audience=client.audience(found.audience), scope=found.scope, jkt=jkt)
            return await token_response(tx, personal, signer, client=client, grant=grant, wanted=wanted)
    raise refused
