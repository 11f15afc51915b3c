"""Settings of a client that administrators decide, in the form in which a proposal keeps them."""

from collections.abc import Mapping, Sequence
from typing import Any

from pingshan_values.text import is_storable

from pingshan_identity.domain.clients.redirect_uri import is_web_address
from pingshan_identity.domain.clients.registration import Registration, read_registration
from pingshan_identity.domain.oauth_error import OAuthError


def check_settings(settings: Mapping[str, Any]) -> Registration:
    """Returns the part of the settings that is metadata, checked as a registration is; the level must be 1 to 3.

    Raises:
        OAuthError: `invalid_client_metadata` or `invalid_redirect_uri`.
    """
    if not is_storable(settings):
        raise OAuthError("invalid_client_metadata", "NUL characters and lone surrogates cannot be kept")
    if settings.get("required_level") not in {1, 2, 3}:
        raise OAuthError("invalid_client_metadata", "required_level must be 1, 2 or 3")
    open_to = settings.get("open_to")
    if not isinstance(open_to, Sequence) or not all(isinstance(code, str) for code in open_to):
        raise OAuthError("invalid_client_metadata", "open_to must be a list of organisation codes")
    launch_uri = settings.get("launch_uri")
    if launch_uri and not is_web_address(launch_uri):
        raise OAuthError("invalid_client_metadata", "launch_uri must be an http or https address")
    return read_registration(
        {
            "client_name": settings.get("name_zh"),
            "client_name#zh-Hans": settings.get("name_zh"),
            "client_name#en": settings.get("name_en"),
            "application_type": settings.get("application_type", "web"),
            "token_endpoint_auth_method": settings.get("auth_method", "client_secret_basic"),
            "grant_types": ["authorization_code", "refresh_token"],
            "redirect_uris": list(settings.get("redirect_uris", ())),
            "post_logout_redirect_uris": list(settings.get("post_logout_redirect_uris", ())),
            "scope": "openid profile offline_access",
        }
        | _logout(settings)
    )


def _logout(settings: Mapping[str, Any]) -> dict[str, str]:
    uri = settings.get("backchannel_logout_uri")
    return {"backchannel_logout_uri": uri} if uri else {}
