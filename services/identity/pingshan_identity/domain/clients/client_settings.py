"""Settings of a client that administrators decide, in the form in which a proposal keeps them."""

from collections.abc import Mapping, Sequence
from typing import Any

from pingshan_values.text import is_storable

from pingshan_identity.domain.clients.redirect_uri import is_web_address
from pingshan_identity.domain.clients.registration import Registration, read_registration
from pingshan_identity.domain.oauth_error import OAuthError

CHANGEABLE = (
    "redirect_uris",
    "post_logout_redirect_uris",
    "backchannel_logout_uri",
    "launch_uri",
    "required_level",
    "open_to",
)
"""Settings that a CHANGE_CLIENT change replaces; a client keeps the others that it was registered with."""
_KEPT = ("name_zh", "name_en", "application_type", "auth_method", "jwks")
GRANT_TYPES = ("authorization_code", "refresh_token")
SCOPES = ("openid", "profile", "offline_access")
"""Grant types and scopes of every client that administrators register."""


def check_change(client: Mapping[str, Any], changed: Mapping[str, Any]) -> None:
    """Refuses what the client could not be registered with. `client`: its columns; `changed`: the new settings.

    Raises:
        OAuthError: `invalid_client_metadata` or `invalid_redirect_uri`.
    """
    check_settings({name: client[name] for name in _KEPT} | dict(changed))


def settings_of(client: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the settings of a client that a change would replace. `client`: its columns."""
    return {name: client[name] for name in CHANGEABLE}


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
            "grant_types": list(GRANT_TYPES),
            "redirect_uris": list(settings.get("redirect_uris", ())),
            "post_logout_redirect_uris": list(settings.get("post_logout_redirect_uris", ())),
            "scope": " ".join(SCOPES),
            "jwks": settings.get("jwks"),
        }
        | _logout(settings)
    )


def _logout(settings: Mapping[str, Any]) -> dict[str, str]:
    uri = settings.get("backchannel_logout_uri")
    return {"backchannel_logout_uri": uri} if uri else {}
