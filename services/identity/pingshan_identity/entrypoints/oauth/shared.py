"""Forms, errors and client authentication of the OAuth endpoints."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from pingshan_kit.errors import Unreadable
from pingshan_values.errors import DomainError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.oauth.parameters import Parameters, bounded, read_query
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.usecases.clients.note_unproven_client import NoteUnprovenClient, note_unproven_client
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.authenticate_client import AuthenticateClient, authenticate_client
from pingshan_identity.usecases.oauth.check_dpop_proof import CheckDpopProof, check_dpop_proof
from pingshan_identity.usecases.oauth.read_way_back import read_way_back

_FORM = "application/x-www-form-urlencoded"
Endpoint = Callable[[Request], Awaitable[Response]]


async def form_pairs(request: Request) -> Sequence[tuple[str, str]]:
    """Returns the form's fields in their order, as the kit's door has read them.

    Raises OAuthError where the body is no form, or has too many fields.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise OAuthError("invalid_request", f"the body must be {_FORM}")
    await request.body()
    try:
        return bounded(getattr(request.state, "form_fields", ()))
    except ValueError as error:
        raise OAuthError("invalid_request", "the form has too many fields") from error


def query_pairs(request: Request) -> Sequence[tuple[str, str]]:
    """Returns the parameters of the address in their order. Raises OAuthError where there are too many."""
    try:
        return read_query(request.url.query)
    except ValueError as error:
        raise OAuthError("invalid_request", "the address has too many parameters") from error


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


def refused_with_way_back(endpoint: Endpoint, deps: Dependencies) -> Endpoint:
    """Returns the endpoint whose page about a refused request (`error.html`) leads back to the system that asked."""

    async def guided(request: Request) -> Response:
        try:
            return await endpoint(request)
        except DomainError as error:
            if client_id := error.params.get("client_id"):
                request.state.way_back = await read_way_back(deps, client_id=str(client_id))
            raise

    return guided


def answering(endpoint: Endpoint) -> Endpoint:
    """Returns the endpoint with OAuth errors answered as JSON (RFC 6749 section 5.2, RFC 6750 section 3)."""

    async def answered(request: Request) -> Response:
        try:
            return await _as_oauth(endpoint, request)
        except OAuthError as error:
            body: dict[str, Any] = {"error": error.code, "error_description": error.description}
            match error.code:
                case "invalid_client":
                    return JSONResponse(body, 401, {"WWW-Authenticate": 'Basic realm="identity"'})
                case "invalid_token":
                    challenge = f'Bearer error="invalid_token", error_description="{error.description}"'
                    return JSONResponse(body, 401, {"WWW-Authenticate": challenge})
                case "insufficient_scope":
                    challenge = f'Bearer error="insufficient_scope", error_description="{error.description}"'
                    return JSONResponse(body, 403, {"WWW-Authenticate": challenge})
                case _:
                    return JSONResponse(body, 400)

    return answered


async def _as_oauth(endpoint: Endpoint, request: Request) -> Response:
    """Returns the endpoint's answer; a body that nobody reads is `invalid_request` (RFC 6749 section 5.2)."""
    try:
        return await endpoint(request)
    except Unreadable as error:
        raise OAuthError("invalid_request", "the body holds characters or values that are not allowed") from error
