"""Metadata and keys for relying parties (OpenID Connect Discovery section 3, RFC 8414)."""

from collections.abc import Collection
from typing import Any

from pingshan_kit.http.documents import Document, DocumentRoute
from pingshan_kit.trust import dpop
from pingshan_values.text import LANGUAGES
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from pingshan_identity.domain.authorization_requests import request_object
from pingshan_identity.domain.clients.client import AuthMethod
from pingshan_identity.domain.clients.client_keys import ASSERTION_ALGORITHMS
from pingshan_identity.domain.clients.scope import SCOPES
from pingshan_identity.domain.keys.signing_key import ALGORITHMS, KEPT_BY_OTHERS
from pingshan_identity.domain.oauth.acr import ACR_VALUES
from pingshan_identity.domain.oauth.authorization import PROMPTS, ResponseMode
from pingshan_identity.domain.oauth.claims import CLAIMS
from pingshan_identity.entrypoints.oauth.token_endpoint import GRANT_TYPES
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.keys.load_keys import load_keys

_JWK_SET = "application/jwk-set+json"
_AN_HOUR = "public, max-age=3600"
_KEYS_KEPT = f"public, max-age={int(KEPT_BY_OTHERS.total_seconds())}"


class Discovery:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self._document = Document(metadata(deps.signer.issuer), _AN_HOUR)
        self._kids: Collection[str] = frozenset()
        self._keys: Document | None = None
        self.routes: list[BaseRoute] = [
            DocumentRoute("/.well-known/openid-configuration", self._metadata, at_hand=lambda: self._document),
            DocumentRoute("/.well-known/oauth-authorization-server", self._metadata, at_hand=lambda: self._document),
            DocumentRoute("/jwks", self._jwks, at_hand=self._relied_on),
        ]

    async def _metadata(self, request: Request) -> Response:
        return self._document.answer(request)

    async def _jwks(self, request: Request) -> Response:
        """Raises Unavailable while nobody can tell whether a key was withdrawn: a cut-off replica gives none away."""
        if not self._deps.signer.relied_on:
            await load_keys(self._deps)
        return self._known().answer(request)

    def _relied_on(self) -> Document | None:
        return self._known() if self._deps.signer.relied_on else None

    def _known(self) -> Document:
        signer = self._deps.signer
        if self._keys is None or self._kids != signer.kids:
            self._kids, self._keys = frozenset(signer.kids), Document(signer.jwks(), _KEYS_KEPT, _JWK_SET)
        return self._keys


def metadata(issuer: str) -> dict[str, Any]:
    """Returns the metadata document."""
    return (
        {"issuer": issuer, "jwks_uri": f"{issuer}/jwks", "subject_types_supported": ["public", "pairwise"]}
        | _authorization(issuer)
        | _clients(issuer)
        | _tokens(issuer)
        | _sign_outs(issuer)
    )


def _authorization(issuer: str) -> dict[str, Any]:
    return {
        "authorization_endpoint": f"{issuer}/authorize",
        "pushed_authorization_request_endpoint": f"{issuer}/par",
        "require_pushed_authorization_requests": False,
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": [mode.value for mode in ResponseMode],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "request_parameter_supported": True,
        "request_object_signing_alg_values_supported": list(request_object.ALGORITHMS),
        "request_uri_parameter_supported": False,
        "claims_parameter_supported": True,
        "acr_values_supported": list(ACR_VALUES),
        "prompt_values_supported": list(PROMPTS),
        "ui_locales_supported": list(LANGUAGES),
    }


def _clients(issuer: str) -> dict[str, Any]:
    return {
        "registration_endpoint": f"{issuer}/register",
        "token_endpoint_auth_methods_supported": [method.value for method in AuthMethod],
        "token_endpoint_auth_signing_alg_values_supported": list(ASSERTION_ALGORITHMS),
    }


def _tokens(issuer: str) -> dict[str, Any]:
    return {
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "introspection_endpoint": f"{issuer}/introspect",
        "revocation_endpoint": f"{issuer}/revoke",
        "device_authorization_endpoint": f"{issuer}/device_authorization",
        "grant_types_supported": list(GRANT_TYPES),
        "dpop_signing_alg_values_supported": list(dpop.ALGORITHMS),
        "id_token_signing_alg_values_supported": list(ALGORITHMS),
        "userinfo_signing_alg_values_supported": list(ALGORITHMS),
        "claims_supported": [
            "sub",
            "sid",
            "auth_time",
            "acr",
            "amr",
            *(name for names in CLAIMS.values() for name in names),
        ],
    }


def _sign_outs(issuer: str) -> dict[str, Any]:
    return {
        "end_session_endpoint": f"{issuer}/end-session",
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
    }
