"""What relying parties read first: metadata and keys (OpenID Connect Discovery section 3, RFC 8414)."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.scope import SCOPES
from pingshan_identity.usecases.tools import Tools

_AN_HOUR = "public, max-age=3600"
_MINUTES = "public, max-age=300"


class Discovery:
    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self.routes: list[BaseRoute] = [
            Route("/.well-known/openid-configuration", self._metadata),
            Route("/.well-known/oauth-authorization-server", self._metadata),
            Route("/jwks", self._jwks),
        ]

    async def _metadata(self, _request: Request) -> Response:
        return JSONResponse(metadata(self._tools.signer.issuer), headers={"Cache-Control": _AN_HOUR})

    async def _jwks(self, _request: Request) -> Response:
        return JSONResponse(
            self._tools.signer.jwks(), headers={"Cache-Control": _MINUTES}, media_type="application/jwk-set+json"
        )


def metadata(issuer: str) -> dict[str, Any]:
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/jwks",
        "end_session_endpoint": f"{issuer}/end-session",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt", "client_secret_basic"],
        "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "claims_parameter_supported": False,
        "acr_values_supported": ["1"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "ui_locales_supported": ["zh-Hans", "en"],
        "claims_supported": [
            "sub", "sid", "auth_time", "acr", "amr", "name", "preferred_username", "locale",
            "realm", "org", "posts", "roles", "act_for",
        ],
    }  # fmt: skip
