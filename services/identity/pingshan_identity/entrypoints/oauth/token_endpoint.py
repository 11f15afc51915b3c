"""The token endpoint (RFC 6749 section 3.2): a client redeems a grant, one method per grant type."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from pingshan_values.actor import ANONYMOUS
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.clients.connection_test import Step
from pingshan_identity.domain.devices.device_authorization import DEVICE_CODE
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.domain.oauth.token_exchange import TOKEN_EXCHANGE, check_exchange_request
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.entrypoints.oauth.shared import answering, authenticated, form_pairs, proven_key
from pingshan_identity.entrypoints.oauth.trail import note
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.devices.redeem_device_code import RedeemDeviceCode, redeem_device_code
from pingshan_identity.usecases.oauth.exchange_token import ExchangeToken, exchange_token
from pingshan_identity.usecases.oauth.issue_client_token import IssueClientToken, issue_client_token
from pingshan_identity.usecases.oauth.redeem_code import RedeemCode, redeem_code
from pingshan_identity.usecases.oauth.refresh_grant import RefreshGrant, refresh_grant

Redeem = Callable[[Client, Parameters, str | None], Awaitable[dict[str, Any]]]
GRANT_TYPES = ("authorization_code", "refresh_token", "client_credentials", DEVICE_CODE, TOKEN_EXCHANGE)


class TokenEndpoint:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self._redeem: Mapping[str, Redeem] = dict(
            zip(GRANT_TYPES, (self._code, self._refresh, self._client, self._device, self._exchange), strict=True)
        )
        self.routes: list[BaseRoute] = [
            Route("/token", answering(self._token), methods=["POST"]),
        ]

    async def _token(self, request: Request) -> Response:
        parameters = Parameters(await form_pairs(request))
        client = await authenticated(request, self._deps, parameters)
        try:
            answer = await self._redeemed(request, client, parameters)
        except OAuthError as error:
            await note(self._deps, client.client_id, Step.TOKEN, error)
            raise
        await note(self._deps, client.client_id, Step.TOKEN)
        return JSONResponse(answer, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})

    async def _redeemed(self, request: Request, client: Client, parameters: Parameters) -> dict[str, Any]:
        redeem = self._redeem.get(parameters.require("grant_type"))
        if redeem is None:
            raise OAuthError("unsupported_grant_type", f"supported are {', '.join(GRANT_TYPES)}")
        jkt = await proven_key(request, self._deps)
        client.require_key(jkt)
        return await redeem(client, parameters, jkt)

    async def _code(self, client: Client, parameters: Parameters, jkt: str | None) -> dict[str, Any]:
        return await redeem_code(self._deps, ANONYMOUS, RedeemCode(client, parameters, jkt))

    async def _refresh(self, client: Client, parameters: Parameters, jkt: str | None) -> dict[str, Any]:
        return await refresh_grant(self._deps, ANONYMOUS, RefreshGrant(client, parameters, jkt))

    async def _client(self, client: Client, parameters: Parameters, jkt: str | None) -> dict[str, Any]:
        return await issue_client_token(self._deps, IssueClientToken(client, parameters, jkt))

    async def _device(self, client: Client, parameters: Parameters, jkt: str | None) -> dict[str, Any]:
        return await redeem_device_code(self._deps, RedeemDeviceCode(client, parameters, jkt))

    async def _exchange(self, client: Client, parameters: Parameters, jkt: str | None) -> dict[str, Any]:
        client.require_grant_type(TOKEN_EXCHANGE)
        check_exchange_request(parameters)
        exchange = ExchangeToken(
            exchanger=client.client_id,
            subject_token=parameters.require("subject_token"),
            audience=client.audience(parameters.require("audience")),
            scope=parameters.get("scope"),
            jkt=jkt,
        )
        return await exchange_token(self._deps, ANONYMOUS, exchange)
