"""The endpoint for pushed authorization requests (RFC 9126 section 2); a proof binds the code (RFC 9449 10.1)."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.authorization_requests.par import LIFE
from pingshan_identity.domain.clients.connection_test import Step
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.entrypoints.oauth.shared import answering, authenticated, form_pairs, proven_key
from pingshan_identity.entrypoints.oauth.trail import note
from pingshan_identity.entrypoints.sessions.own_sessions import address_of
from pingshan_identity.usecases.authorization_requests.push_authorization_request import (
    PushAuthorizationRequest,
    push_authorization_request,
)
from pingshan_identity.usecases.dependencies import Dependencies


class Par:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [Route("/par", answering(self._push), methods=["POST"])]

    async def _push(self, request: Request) -> Response:
        pairs = await form_pairs(request)
        client = await authenticated(request, self._deps, Parameters(pairs))
        jkt = await proven_key(request, self._deps)
        try:
            request_uri = await push_authorization_request(
                self._deps, PushAuthorizationRequest(client, pairs, jkt, address_of(request))
            )
        except OAuthError as error:
            if error.retry_after is not None:
                raise
            await note(self._deps, client.client_id, Step.AUTHORIZE, error)
            raise
        return JSONResponse({"request_uri": request_uri, "expires_in": int(LIFE.total_seconds())}, 201)
