"""Forms, errors and client authentication of the OAuth endpoints."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.usecases.clients.note_unproven_client import NoteUnprovenClient, note_unproven_client
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.authenticate_client import AuthenticateClient, authenticate_client
from pingshan_identity.usecases.oauth.check_dpop_proof import CheckDpopProof, check_dpop_proof

_FORM = "application/x-www-form-urlencoded"
Endpoint = Callable[[Request], Awaitable[Response]]


async def form_pairs(request: Request) -> list[tuple[str, str]]:
    """Returns the form's fields in their order. Raises OAuthError where the body is no form."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise OAuthError("invalid_request", f"the body must be {_FORM}")
    try:
        return parse_qsl((await request.body()).decode("utf-8"), keep_blank_values=True, max_num_fields=50)
    except ValueError as error:
        raise OAuthError("invalid_request", "the body is not a form in UTF-8") from error


async def authenticated(request: Request, deps: Dependencies, parameters: Parameters) -> Client:
    """Returns the client that the request proves; its assertion may name our issuer, token endpoint or this endpoint.

    Raises:
        OAuthError: `invalid_client` or `invalid_request`.
    """
    issuer = deps.signer.issuer
    audiences = frozenset({issuer, f"{issuer}/token", f"{issuer}{request.url.path}"})
    authorization = request.headers.get("authorization")
    try:
        return await authenticate_client(deps, AuthenticateClient(audiences, authorization, parameters))
    except OAuthError as error:
        await note_unproven_client(deps, NoteUnprovenClient(authorization, parameters, error.description))
        raise


async def proven_key(request: Request, deps: Dependencies, access_token: str | None = None) -> str | None:
    """Returns the thumbprint of the key whose DPoP proof came with the request (RFC 9449); None where none came.

    Raises:
        OAuthError: `invalid_dpop_proof`.
    """
    proofs = request.headers.getlist("dpop")
    if not proofs:
        return None
    if len(proofs) > 1:
        raise OAuthError("invalid_dpop_proof", "one DPoP proof per request")
    url = f"{deps.signer.issuer}{request.url.path}"
    return await check_dpop_proof(deps, CheckDpopProof(proofs[0], request.method, url, access_token))


def answering(endpoint: Endpoint) -> Endpoint:
    """Returns the endpoint with OAuth errors answered as JSON (RFC 6749 section 5.2, RFC 6750 section 3)."""

    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except OAuthError as error:
            body: dict[str, Any] = {"error": error.code, "error_description": error.description}
            match error.code:
                case "invalid_client":
                    return JSONResponse(body, 401, {"WWW-Authenticate": 'Basic realm="identity"'})
                case "invalid_token":
                    challenge = f'Bearer error="invalid_token", error_description="{error.description}"'
                    return JSONResponse(body, 401, {"WWW-Authenticate": challenge})
                case _:
                    return JSONResponse(body, 400)

    return answered
