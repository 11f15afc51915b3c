"""Dynamic client registration (RFC 7591, OpenID Connect Dynamic Client Registration 1.0) and its management (RFC 7592).

Clients that register themselves are third parties: people must consent before they learn anything.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

from pingshan_values.errors import Violation
from pingshan_values.text import ONE_LINE, is_line

from pingshan_identity.domain.clients.client import ApplicationType, AuthMethod, Client
from pingshan_identity.domain.clients.client_keys import check_jwks
from pingshan_identity.domain.clients.redirect_uri import may_be_registered
from pingshan_identity.domain.clients.scope import SCOPES
from pingshan_identity.domain.keys.signing_key import ALGORITHMS, Algorithm
from pingshan_identity.domain.oauth_error import OAuthError

GRANT_TYPES = (
    "authorization_code",
    "refresh_token",
    "urn:ietf:params:oauth:grant-type:device_code",
)
"""Grant types that a registered client may use; all others act without a person."""
REQUIRED_LEVEL = 2
"""Assurance level of a newly registered client; its owner may change it."""
MAX_USES = 100
MAX_LIFE = timedelta(days=30)
"""Longest life of an initial access token (RFC 7591 section 3)."""

_MAX_URIS = 10
_NAME = 100
_OURS = frozenset(
    {"registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"}
)
"""Members that a client must not send back (RFC 7592 section 2.2)."""


@dataclass(frozen=True, slots=True)
class Registration:
    """Is the checked metadata of a client."""

    name_zh: str
    name_en: str
    auth_method: AuthMethod
    application_type: ApplicationType
    grant_types: tuple[str, ...]
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    backchannel_logout_uri: str | None
    scopes: tuple[str, ...]
    jwks: Mapping[str, Any] | None = field(repr=False)
    id_token_alg: Algorithm
    require_par: bool
    dpop_bound: bool

    def needs_new_secret(self, *, has_one: bool) -> bool:
        """Returns whether a secret must be made: the method needs one, and the client has none."""
        return self.auth_method.has_secret and not has_one


def opening_violations(*, uses: int, life: timedelta) -> list[Violation]:
    """Returns what is wrong with an initial access token: `uses` must be 1 to 100, `life` above 0 and at most 30 days.

    An empty list means that nothing is wrong; only the first fault is named.
    """
    if not 1 <= uses <= MAX_USES:
        return [Violation("uses", f"请填写 1 到 {MAX_USES}。", f"Between 1 and {MAX_USES}.")]
    if not timedelta(0) < life <= MAX_LIFE:
        return [Violation("days", f"请填写 1 到 {MAX_LIFE.days} 天。", f"Between 1 and {MAX_LIFE.days} days.")]
    return []


def read_registration(document: Any) -> Registration:
    """Returns a client's metadata (RFC 7591 section 2), checked; unknown members are ignored.

    Raises:
        OAuthError: `invalid_client_metadata` or `invalid_redirect_uri`.
    """
    if not isinstance(document, dict):
        raise OAuthError("invalid_client_metadata", "the body must be a JSON object")
    if "jwks_uri" in document:
        raise OAuthError("invalid_client_metadata", "jwks_uri is not fetched: send the keys as jwks")
    if document.get("response_types", ["code"]) != ["code"]:
        raise OAuthError("invalid_client_metadata", "response_types must be code alone")
    kind = ApplicationType(_one_of(document, "application_type", tuple(ApplicationType), ApplicationType.WEB))
    method = AuthMethod(
        _one_of(document, "token_endpoint_auth_method", tuple(AuthMethod), AuthMethod.CLIENT_SECRET_BASIC)
    )
    jwks = check_jwks(document["jwks"]) if document.get("jwks") is not None else None
    if (method is AuthMethod.PRIVATE_KEY_JWT) != (jwks is not None):
        raise OAuthError("invalid_client_metadata", "private_key_jwt needs jwks, and nothing else does")
    if method is AuthMethod.NONE and kind is not ApplicationType.NATIVE:
        raise OAuthError("invalid_client_metadata", "only a native app may be a public client")
    grant_types = _texts(document, "grant_types", ["authorization_code"])
    if not set(grant_types) <= set(GRANT_TYPES):
        raise OAuthError("invalid_client_metadata", f"grant_types must be among {', '.join(GRANT_TYPES)}")
    name = _name(document, "client_name")
    return Registration(
        name_zh=_name(document, "client_name#zh-Hans", name),
        name_en=_name(document, "client_name#en", name),
        auth_method=method,
        application_type=kind,
        grant_types=grant_types,
        redirect_uris=_redirect_uris(document, kind, needed="authorization_code" in grant_types),
        post_logout_redirect_uris=_uris(document, "post_logout_redirect_uris", kind),
        backchannel_logout_uri=_logout_uri(document),
        scopes=_scopes(document),
        jwks=jwks,
        id_token_alg=cast("Algorithm", _one_of(document, "id_token_signed_response_alg", ALGORITHMS, "ES256")),
        require_par=_flag(document, "require_pushed_authorization_requests"),
        dpop_bound=_flag(document, "dpop_bound_access_tokens"),
    )


def check_update(document: Any, client_id: str, is_secret: Callable[[str], bool]) -> None:
    """Refuses a change of metadata that names another client, or sets what only identity sets (RFC 7592 section 2.2).

    Raises:
        OAuthError: `invalid_client_metadata`.
    """
    if not isinstance(document, dict) or document.get("client_id") != client_id:
        raise OAuthError("invalid_client_metadata", "client_id must be the client's own")
    if document.keys() & _OURS:
        raise OAuthError("invalid_client_metadata", f"these are not the client's to set: {', '.join(sorted(_OURS))}")
    secret = document.get("client_secret")
    if secret is not None and not (isinstance(secret, str) and is_secret(secret)):
        raise OAuthError("invalid_client_metadata", "client_secret is not the client's own, and cannot be chosen")


def metadata_of(client: Client) -> dict[str, Any]:
    """Returns the registered metadata as the client reads it (RFC 7591 section 3.2.1), without empty members."""
    document: dict[str, Any] = {
        "client_id": client.client_id,
        "client_name": client.name_zh,
        "client_name#zh-Hans": client.name_zh,
        "client_name#en": client.name_en,
        "token_endpoint_auth_method": client.auth_method.value,
        "application_type": client.application_type.value,
        "grant_types": sorted(client.grant_types),
        "response_types": ["code"],
        "redirect_uris": list(client.redirect_uris),
        "post_logout_redirect_uris": list(client.post_logout_redirect_uris),
        "backchannel_logout_uri": client.backchannel_logout_uri,
        "scope": " ".join(scope for scope in SCOPES if scope in client.scopes),
        "jwks": client.jwks,
        "id_token_signed_response_alg": client.id_token_alg,
        "require_pushed_authorization_requests": client.require_par,
        "dpop_bound_access_tokens": client.dpop_bound,
    }
    return {name: value for name, value in document.items() if value is not None}


def new_client_id() -> str:
    """Returns a new client id of 80 random bits."""
    return f"c-{secrets.token_hex(10)}"


def _one_of(document: Mapping[str, Any], name: str, values: tuple[str, ...], default: str) -> str:
    value = document.get(name, default)
    if value not in values:
        raise OAuthError("invalid_client_metadata", f"{name} must be one of {', '.join(values)}")
    return str(value)


def _flag(document: Mapping[str, Any], name: str) -> bool:
    value = document.get(name, False)
    if not isinstance(value, bool):
        raise OAuthError("invalid_client_metadata", f"{name} must be true or false")
    return value


def _texts(document: Mapping[str, Any], name: str, default: list[str]) -> tuple[str, ...]:
    values = document.get(name, default)
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values) or len(values) > _MAX_URIS:
        raise OAuthError("invalid_client_metadata", f"{name} must be a list of at most {_MAX_URIS} strings")
    return tuple(dict.fromkeys(values))


def _name(document: Mapping[str, Any], name: str, default: str | None = None) -> str:
    """Returns the name that people read when they are asked about the client: one line of visible text."""
    value = document.get(name, default)
    if not isinstance(value, str) or len(value) > _NAME or not is_line(value, _NAME):
        raise OAuthError("invalid_client_metadata", f"{name} must be 1 to {_NAME} characters, {ONE_LINE.en}")
    return value.strip()


def _scopes(document: Mapping[str, Any]) -> tuple[str, ...]:
    text = document.get("scope", "openid profile")
    asked = text.split() if isinstance(text, str) else []
    if "openid" not in asked or not set(asked) <= set(SCOPES):
        raise OAuthError("invalid_client_metadata", f"scope must be openid and some of {', '.join(SCOPES[1:])}")
    return tuple(scope for scope in SCOPES if scope in asked)


def _redirect_uris(document: Mapping[str, Any], kind: ApplicationType, *, needed: bool) -> tuple[str, ...]:
    try:
        uris = _uris(document, "redirect_uris", kind)
    except OAuthError as error:
        raise OAuthError("invalid_redirect_uri", error.description) from error
    if needed and not uris:
        raise OAuthError("invalid_redirect_uri", "redirect_uris needs at least one address")
    return uris


def _uris(document: Mapping[str, Any], name: str, kind: ApplicationType) -> tuple[str, ...]:
    uris = _texts(document, name, [])
    for uri in uris:
        if not may_be_registered(uri, native=kind is ApplicationType.NATIVE):
            raise OAuthError(
                "invalid_client_metadata", f"{name}: https without a fragment, loopback, or an app's own scheme"
            )
    return uris


def _logout_uri(document: Mapping[str, Any]) -> str | None:
    uri = document.get("backchannel_logout_uri")
    if uri is not None and not (isinstance(uri, str) and may_be_registered(uri, native=False)):
        raise OAuthError("invalid_client_metadata", "backchannel_logout_uri: https without a fragment, or loopback")
    return uri
