"""The token endpoint and what stands beside it: introspection, revocation, device authorization."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from pingshan_values.actor import ANONYMOUS
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.clients.connection_test import Step
from pingshan_identity.domain.oauth.device_authorization import INTERVAL, LIFE
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.entrypoints.oauth.shared import answering, authenticated, form_pairs, proven_key
from pingshan_identity.entrypoints.oauth.trail import note
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.authorize_device import DEVICE_CODE, authorize_device
from pingshan_identity.usecases.oauth.exchange_token import ACCESS_TOKEN_TYPE, TOKEN_EXCHANGE, exchange_token
from pingshan_identity.usecases.oauth.introspect_token import introspect_token
from pingshan_identity.usecases.oauth.issue_client_token import issue_client_token
from pingshan_identity.usecases.oauth.redeem_code import redeem_code
from pingshan_identity.usecases.oauth.redeem_device_code import redeem_device_code
from pingshan_identity.usecases.oauth.refresh_grant import refresh_grant
from pingshan_identity.usecases.oauth.revoke_token import revoke_token

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
            Route("/introspect", answering(self._introspect), methods=["POST"]),
            Route("/revoke", answering(self._revoke), methods=["POST"]),
            Route("/device_authorization", answering(self._authorize_device), methods=["POST"]),
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
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    async def _redeemed(self, request: Request, client: Client, parameters: Parameters) -> dict[str, Any]:
        redeem = self._redeem.get(parameters.require("grant_type"))
        if redeem is None:
            raise OAuthError("unsupported_grant_type", f"supported are {', '.join(GRANT_TYPES)}")
        jkt = await proven_key(request, self._deps)
        if client.dpop_bound and jkt is None:
            raise OAuthError("invalid_dpop_proof", "the client must bind its tokens to a key (RFC 9449)")
        return await redeem(client, parameters, jkt)

    async def _code(self, client: Client, parameters: Parameters, jkt: str | None) -> dict[str, Any]:
        of = self._deps
        return await redeem_code(
            ANONYMOUS, of.database, of.personal, of.signer, client=client, parameters=parameters, jkt=jkt
        )

    async def _refresh(self, client: Client, parameters: Parameters, jkt: str | None) -> dict[str, Any]:
        of = self._deps
        return await refresh_grant(
            ANONYMOUS, of.database, of.personal, of.signer, client=client, parameters=parameters, jkt=jkt
        )

    async def _client(self, client: Client, parameters: Parameters, jkt: str | None) -> dict[str, Any]:
        of = self._deps
        return await issue_client_token(of.database, of.signer, client=client, parameters=parameters, jkt=jkt)

    async def _device(self, client: Client, parameters: Parameters, jkt: str | None) -> dict[str, Any]:
        of = self._deps
        return await redeem_device_code(
            of.database, of.personal, of.signer, client=client, parameters=parameters, jkt=jkt
        )

    async def _exchange(self, client: Client, parameters: Parameters, jkt: str | None) -> dict[str, Any]:
        client.require_grant_type(TOKEN_EXCHANGE)
        for name in ("subject_token_type", "requested_token_type"):
            if parameters.get(name) not in {ACCESS_TOKEN_TYPE, None if name == "requested_token_type" else ""}:
                raise OAuthError("invalid_request", f"{name} must be {ACCESS_TOKEN_TYPE}")
        if parameters.get("actor_token") is not None:
            raise OAuthError("invalid_request", "actor_token is not supported: the client itself is the actor")
        return await exchange_token(
            ANONYMOUS,
            self._deps.database,
            self._deps.personal,
            self._deps.signer,
            exchanger=client.client_id,
            subject_token=parameters.require("subject_token"),
            audience=client.audience(parameters.require("audience")),
            scope=parameters.get("scope"),
            jkt=jkt,
        )

    async def _introspect(self, request: Request) -> Response:
        parameters = Parameters(await form_pairs(request))
        client = await self._confidential(request, parameters)
        answer = await introspect_token(
            self._deps.database,
            self._deps.personal,
            self._deps.signer,
            client=client,
            token=parameters.require("token"),
        )
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    async def _confidential(self, request: Request, parameters: Parameters) -> Client:
        """Whoever asks about tokens must prove who it is (RFC 7662 section 2.1)."""
        client = await authenticated(request, self._deps, parameters)
        if client.is_public:
            raise OAuthError("invalid_client", "only a client that authenticates may ask about tokens")
        return client

    async def _revoke(self, request: Request) -> Response:
        parameters = Parameters(await form_pairs(request))
        client = await authenticated(request, self._deps, parameters)
        token = parameters.require("token")
        await revoke_token(ANONYMOUS, self._deps.database, self._deps.signer, client=client, token=token)
        return Response(status_code=200, headers={"Cache-Control": "no-store"})

    async def _authorize_device(self, request: Request) -> Response:
        parameters = Parameters(await form_pairs(request))
        client = await authenticated(request, self._deps, parameters)
        made = await authorize_device(
            self._deps.database,
            self._deps.personal,
            client=client,
            parameters=parameters,
            jkt=await proven_key(request, self._deps),
        )
        page = f"{self._deps.signer.issuer}/device"
        answer = {
            "device_code": made.device_code,
            "user_code": made.user_code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code={made.user_code}",
            "expires_in": int(LIFE.total_seconds()),
            "interval": INTERVAL,
        }
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})
