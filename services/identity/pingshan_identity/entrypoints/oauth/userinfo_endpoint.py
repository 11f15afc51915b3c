"""The userinfo endpoint (OpenID Connect Core section 5.3), for bearer tokens and those that DPoP binds (RFC 9449)."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.clients.connection_test import Step
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.entrypoints.oauth.shared import answering, proven_key
from pingshan_identity.entrypoints.oauth.trail import note
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.read_userinfo import read_userinfo


class UserinfoEndpoint:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [
            Route("/userinfo", answering(self._userinfo), methods=["GET", "POST"]),
        ]

    async def _userinfo(self, request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() not in {"bearer", "dpop"} or not token:
            raise OAuthError("invalid_token", "an access token is required in the Authorization header")
        client_id, claims = await read_userinfo(
            self._deps,
            access_token=token,
            jkt=await proven_key(request, self._deps, token) if scheme.lower() == "dpop" else None,
        )
        await note(self._deps, client_id, Step.USERINFO)
        return JSONResponse(claims)
