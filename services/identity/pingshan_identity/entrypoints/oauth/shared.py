"""Forms, errors and client authentication of the OAuth endpoints."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from pingshan_kit.errors import Unreadable
from pingshan_kit.trust.challenges import bearer_challenge, challenges, presented
from pingshan_values.errors import DomainError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.oauth.access_token import USERINFO_SCOPE
from pingshan_identity.domain.oauth.parameters import Parameters, bounded, read_query
from pingshan_identity.domain.oauth_error import OAuthError, TokenMissing
from pingshan_identity.usecases.clients.note_unproven_client import NoteUnprovenClient, note_unproven_client
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.authenticate_client import AuthenticateClient, authenticate_client
from pingshan_identity.usecases.oauth.check_dpop_proof import CheckDpopProof, check_dpop_proof
from pingshan_identity.usecases.oauth.read_way_back import read_way_back

_FORM = "application/x-www-form-urlencoded"
_NO_STORE: Mapping[str, str] = {"Cache-Control": "no-store"}
_AT_A_RESOURCE: Mapping[str, int] = {"invalid_token": 401, "invalid_dpop_proof": 401, "insufficient_scope": 403}
Endpoint = Callable[[Request], Awaitable[Response]]


def has_form(request: Request) -> bool:
    """Returns whether the body is said to be a form of names and values."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM


async def form_pairs(request: Request) -> Sequence[tuple[str, str]]:
    """Returns the form's fields in their order, as the kit's door has read them.

    Raises OAuthError where the body is no form, or has too many fields.
    """
    if not has_form(request):
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
    endpoints = frozenset({f"{issuer}/token", f"{issuer}{request.url.path}"})
    authorization = request.headers.get("authorization")
    try:
        return await authenticate_client(deps, AuthenticateClient(endpoints, authorization, parameters))
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
    """Returns the endpoint with OAuth errors answered as JSON (RFC 6749 section 5.2).

    A client that used the `Authorization` header and was not believed gets 401 and the challenge of that header; one
    that proves itself in the form could do nothing with a challenge, so that it gets 400.
    """

    async def answered(request: Request) -> Response:
        try:
            return await _as_oauth(endpoint, request)
        except OAuthError as error:
            headers = dict(_NO_STORE)
            if error.retry_after is not None:
                headers["Retry-After"] = str(error.retry_after)
                return JSONResponse(_body(error), 429, headers)
            if error.code == "invalid_client" and "authorization" in request.headers:
                headers["WWW-Authenticate"] = 'Basic realm="identity"'
            return JSONResponse(_body(error), 401 if "WWW-Authenticate" in headers else 400, headers)

    return answered


def managing(endpoint: Endpoint) -> Endpoint:
    """Returns an endpoint of registrations, whose token comes as a bearer token alone (RFC 7591 section 3, RFC 7592
    section 3): who sent none is told no error (RFC 6750 section 3.1).
    """

    async def answered(request: Request) -> Response:
        try:
            return await _as_oauth(endpoint, request)
        except TokenMissing:
            return Response(status_code=401, headers={**_NO_STORE, "WWW-Authenticate": bearer_challenge()})
        except OAuthError as error:
            headers = dict(_NO_STORE)
            if error.code == "invalid_token":
                headers["WWW-Authenticate"] = bearer_challenge(error=error.code, error_description=error.description)
            return JSONResponse(_body(error), 401 if error.code == "invalid_token" else 400, headers)

    return answered


def protecting(endpoint: Endpoint) -> Endpoint:
    """Returns a resource whose refusals say by `WWW-Authenticate` what is missing (RFC 6750 section 3.1, RFC 9449
    section 7.1).
    """

    async def answered(request: Request) -> Response:
        try:
            return await _as_oauth(endpoint, request)
        except TokenMissing:
            return Response(status_code=401, headers={**_NO_STORE, "WWW-Authenticate": challenges(None)})
        except OAuthError as error:
            sent = presented(request.headers.get("authorization", ""))
            told = {"error": error.code, "error_description": error.description}
            if error.code == "insufficient_scope":
                told["scope"] = USERINFO_SCOPE
            headers = {**_NO_STORE, "WWW-Authenticate": challenges(sent[0] if sent is not None else "Bearer", **told)}
            return JSONResponse(_body(error), _AT_A_RESOURCE.get(error.code, 400), headers)

    return answered


def _body(error: OAuthError) -> dict[str, Any]:
    return {"error": error.code, "error_description": error.description}


async def _as_oauth(endpoint: Endpoint, request: Request) -> Response:
    """Returns the endpoint's answer; a body that nobody reads is `invalid_request` (RFC 6749 section 5.2)."""
    try:
        return await endpoint(request)
    except Unreadable as error:
        raise OAuthError("invalid_request", "the body holds characters or values that are not allowed") from error
