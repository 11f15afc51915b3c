"""The revocation endpoint (RFC 7009 section 2): a client gives a token back."""

from pingshan_values.actor import ANONYMOUS
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.entrypoints.oauth.shared import answering, authenticated, form_pairs
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.revoke_token import RevokeToken, revoke_token


class RevocationEndpoint:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [Route("/revoke", answering(self._revoke), methods=["POST"])]

    async def _revoke(self, request: Request) -> Response:
        parameters = Parameters(await form_pairs(request))
        client = await authenticated(request, self._deps, parameters)
        await revoke_token(self._deps, ANONYMOUS, RevokeToken(client, parameters.require("token")))
        return Response(status_code=200, headers={"Cache-Control": "no-store"})
