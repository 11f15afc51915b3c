"""The introspection endpoint (RFC 7662 section 2), for clients that keep a secret."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.entrypoints.oauth.shared import answering, authenticated, form_pairs
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.introspect_token import introspect_token


class IntrospectionEndpoint:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [Route("/introspect", answering(self._introspect), methods=["POST"])]

    async def _introspect(self, request: Request) -> Response:
        parameters = Parameters(await form_pairs(request))
        client = await authenticated(request, self._deps, parameters)
        client.require_confidential()
        answer = await introspect_token(self._deps, client=client, token=parameters.require("token"))
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})
