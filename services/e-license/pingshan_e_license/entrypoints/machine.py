"""Routes for programs that check credentials: the issuer's keys and metadata."""

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from pingshan_e_license.entrypoints.transparency import log_machine
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.list_issuer_keys import list_issuer_keys
from pingshan_e_license.usecases.sharing.list_receipt_keys import list_receipt_keys

_CACHE = {"Cache-Control": "public, max-age=300"}


def routes(deps: Dependencies) -> list[BaseRoute]:
    async def jwks(_request: Request) -> JSONResponse:
        """Returns the issuer's JWK Set (RFC 7517)."""
        return JSONResponse(await list_issuer_keys(deps), headers=_CACHE)

    async def receipt_jwks(_request: Request) -> JSONResponse:
        """Returns the JWK Set by which receipts of uses are verified (RFC 7517)."""
        return JSONResponse(await list_receipt_keys(deps), headers=_CACHE)

    async def metadata(_request: Request) -> JSONResponse:
        """Returns the JWT VC issuer metadata (draft-ietf-oauth-sd-jwt-vc-26)."""
        document = {"issuer": deps.issuer, "jwks_uri": f"{deps.issuer}/jwks"}
        return JSONResponse(document, headers=_CACHE)

    return [
        Route("/jwks", jwks),
        Route("/receipts/jwks", receipt_jwks),
        Route("/.well-known/jwt-vc-issuer", metadata),
        *log_machine.routes(deps),
    ]
