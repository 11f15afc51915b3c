"""Errors that relying parties are told (RFC 6749 sections 4.1.2.1 and 5.2, OpenID Connect Core 3.1.2.6)."""

from typing import Literal

OAuthCode = Literal[
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "invalid_target",
    "invalid_token",
    "invalid_client_metadata",
    "invalid_redirect_uri",
    "invalid_request_uri",
    "consent_required",
    "unmet_authentication_requirements",
    "interaction_required",
    "insufficient_scope",
    "invalid_dpop_proof",
    "authorization_pending",
    "slow_down",
    "expired_token",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_response_type",
    "invalid_scope",
    "access_denied",
    "login_required",
    "invalid_request_object",
    "request_uri_not_supported",
]


class OAuthError(Exception):
    """Carries a registered error code and a sentence for the developer of the relying party."""

    def __init__(self, code: OAuthCode, description: str) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description
