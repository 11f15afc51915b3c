"""The userinfo endpoint (OpenID Connect Core section 5.3), for bearer tokens and those that DPoP binds (RFC 9449)."""

from pingshan_kit.trust.challenges import Scheme, presented
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.clients.connection_test import Step
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.domain.oauth_error import OAuthError, TokenMissing
from pingshan_identity.entrypoints.oauth.shared import form_pairs, has_form, protecting, proven_key
from pingshan_identity.entrypoints.oauth.trail import note
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.read_userinfo import read_userinfo

_NO_STORE = {"Cache-Control": "no-store"}


class UserinfoEndpoint:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [
            Route("/userinfo", protecting(self._userinfo), methods=["GET", "POST"]),
        ]

    async def _userinfo(self, request: Request) -> Response:
        scheme, token = await _token(request)
        jkt = await self._key(request, token) if scheme == "DPoP" else None
        told = await read_userinfo(self._deps, access_token=token, jkt=jkt)
        await note(self._deps, told.client_id, Step.USERINFO)
        if told.signed is not None:
            return Response(told.signed, headers=_NO_STORE, media_type="application/jwt")
        return JSONResponse(told.claims, headers=_NO_STORE)

    async def _key(self, request: Request, token: str) -> str:
        jkt = await proven_key(request, self._deps, token)
        if jkt is None:
            raise OAuthError("invalid_dpop_proof", "the scheme DPoP needs a proof (RFC 9449 section 7.1)")
        return jkt


async def _token(request: Request) -> tuple[Scheme, str]:
    """Returns the access token and its scheme, from the header or the form (RFC 6750 sections 2.1 and 2.2); from the
    address none is taken, since addresses are written down everywhere.

    Raises:
        TokenMissing: none came.
        OAuthError: `invalid_request`, it came by both.
    """
    by_header = presented(request.headers.get("authorization", ""))
    posted = request.method == "POST" and has_form(request)
    by_form = Parameters(await form_pairs(request)).get("access_token") if posted else None
    if by_form is None:
        if by_header is None:
            raise TokenMissing
        return by_header
    if by_header is not None:
        raise OAuthError("invalid_request", "the access token came twice: in the header and in the form")
    return "Bearer", by_form
