"""Endpoints at which systems register themselves and manage their registration (RFC 7591, RFC 7592)."""

from typing import Any

from pingshan_values import strict_json
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.oauth_error import OAuthError, TokenMissing
from pingshan_identity.entrypoints.oauth.shared import managing
from pingshan_identity.usecases.clients.change_registration import ChangeRegistration, change_registration
from pingshan_identity.usecases.clients.read_registration import read_registration
from pingshan_identity.usecases.clients.register_client import RegisterClient, register_client
from pingshan_identity.usecases.clients.remove_registration import RemoveRegistration, remove_registration
from pingshan_identity.usecases.dependencies import Dependencies


class Registration:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [
            Route("/register", managing(self._register), methods=["POST"]),
            Route("/register/{client_id}", managing(self._read), methods=["GET"]),
            Route("/register/{client_id}", managing(self._change), methods=["PUT"]),
            Route("/register/{client_id}", managing(self._remove), methods=["DELETE"]),
        ]

    async def _register(self, request: Request) -> Response:
        command = RegisterClient(initial_access_token=_bearer(request), document=await _document(request))
        return JSONResponse(await register_client(self._deps, command), 201)

    async def _read(self, request: Request) -> Response:
        return JSONResponse(await read_registration(self._deps, **_managed(request)))

    async def _change(self, request: Request) -> Response:
        named = _managed(request)
        command = ChangeRegistration(**named, document=await _document(request))
        return JSONResponse(await change_registration(self._deps, command))

    async def _remove(self, request: Request) -> Response:
        await remove_registration(self._deps, RemoveRegistration(**_managed(request)))
        return Response(status_code=204)


def _managed(request: Request) -> dict[str, str]:
    return {"client_id": request.path_params["client_id"], "token": _bearer(request)}


def _bearer(request: Request) -> str:
    """Returns the token of the request (RFC 6750 section 2.1). Raises TokenMissing where there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise TokenMissing
    return token


async def _document(request: Request) -> Any:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise OAuthError("invalid_client_metadata", "the body must be application/json")
    try:
        return strict_json.loads(await request.body())
    except ValueError as error:
        raise OAuthError("invalid_client_metadata", "the body is not JSON in UTF-8") from error
