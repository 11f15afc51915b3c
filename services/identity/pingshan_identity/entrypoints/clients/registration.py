"""Where systems register themselves and manage their registration (RFC 7591, RFC 7592)."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.entrypoints.oauth.shared import answering
from pingshan_identity.usecases.clients.change_registration import change_registration
from pingshan_identity.usecases.clients.read_registration import read_registration
from pingshan_identity.usecases.clients.register_client import register_client
from pingshan_identity.usecases.clients.remove_registration import remove_registration
from pingshan_identity.usecases.dependencies import Dependencies


class Registration:
    def __init__(self, deps: Dependencies) -> None:
        self._database = deps.database
        self._issuer = deps.signer.issuer
        self.routes: list[BaseRoute] = [
            Route("/register", answering(self._register), methods=["POST"]),
            Route("/register/{client_id}", answering(self._read), methods=["GET"]),
            Route("/register/{client_id}", answering(self._change), methods=["PUT"]),
            Route("/register/{client_id}", answering(self._remove), methods=["DELETE"]),
        ]

    async def _register(self, request: Request) -> Response:
        registered = await register_client(
            self._database,
            issuer=self._issuer,
            initial_access_token=_bearer(request),
            document=await _document(request),
        )
        return JSONResponse(registered, 201)

    async def _read(self, request: Request) -> Response:
        return JSONResponse(await read_registration(self._database, issuer=self._issuer, **_managed(request)))

    async def _change(self, request: Request) -> Response:
        named = _managed(request)
        document = await _document(request)
        changed = await change_registration(self._database, issuer=self._issuer, **named, document=document)
        return JSONResponse(changed)

    async def _remove(self, request: Request) -> Response:
        await remove_registration(self._database, **_managed(request))
        return Response(status_code=204)


def _managed(request: Request) -> dict[str, str]:
    return {"client_id": request.path_params["client_id"], "token": _bearer(request)}


def _bearer(request: Request) -> str:
    """RFC 6750 section 2.1."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise OAuthError("invalid_token", "a token is required in the Authorization header")
    return token


async def _document(request: Request) -> Any:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise OAuthError("invalid_client_metadata", "the body must be application/json")
    try:
        return json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise OAuthError("invalid_client_metadata", "the body is not JSON in UTF-8") from error
