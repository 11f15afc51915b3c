"""Settings of a client that administrators decide, in the form in which a proposal keeps them."""

from collections.abc import Mapping, Sequence
from typing import Any

from pingshan_values.errors import Violation
from pingshan_values.text import is_storable

from pingshan_identity.domain.clients.client import AuthMethod, ClientProfile
from pingshan_identity.domain.clients.redirect_uri import is_web_address
from pingshan_identity.domain.clients.registration import Registration, read_registration
from pingshan_identity.domain.clients.scope import SCOPES as ALL_SCOPES
from pingshan_identity.domain.oauth_error import OAuthError

_ALWAYS = (
    "redirect_uris",
    "post_logout_redirect_uris",
    "backchannel_logout_uri",
    "launch_uri",
    "required_level",
    "open_to",
)
_WHERE_NAMED = ("auth_method", "jwks", "jwks_uri", "profile", "id_token_alg", "scopes")
"""Settings that a proposal may leave out: one of the last version does."""
CHANGEABLE = (*_ALWAYS, *_WHERE_NAMED)
"""Settings that a CHANGE_CLIENT change replaces; a client keeps the others that it was registered with."""
_KEPT = ("name_zh", "name_en", "application_type", "userinfo_signed_response_alg", "request_object_signing_alg")
GRANT_TYPES = ("authorization_code", "refresh_token")
SCOPES = ("openid", "profile", "offline_access")
"""Grant types of every client that administrators register, and its scopes where they name none."""
_FIELDS = {
    "client_name": ("name_zh", "名称为一行文字，最多 100 个字"),
    "redirect_uris": ("redirect_uris", "返回地址须为 https 地址（不带 #）或本机地址，最多 10 个"),
    "post_logout_redirect_uris": ("post_logout_redirect_uris", "退出后返回地址须为 https 地址（不带 #）或本机地址"),
    "backchannel_logout_uri": ("backchannel_logout_uri", "退出通知地址须为 https 地址（不带 #）或本机地址"),
    "jwks": (
        "jwks",
        "公钥须为 JWKS，1 到 10 把签名公钥（EC P-256、2048 到 8192 位 RSA 或 Ed25519），各有 kid，不含私钥",
    ),
    "jwks_uri": ("jwks_uri", "公钥地址须为 https 地址（不带 #）"),
    "token_endpoint_auth_method": ("auth_method", "证明方式与安全要求、系统类型或公钥不符"),
    "id_token_signed_response_alg": ("id_token_alg", "签名算法与安全要求不符"),
    "profile": ("profile", "“兼容”只用于能保存密钥的系统"),
    "launch_uri": ("launch_uri", "首页地址须为 http 或 https 地址"),
    "scope": ("scopes", "授权范围须含 openid"),
}
"""Fields of the form by the metadata that an error names, with the Chinese sentence; the English is the error's."""


def check_change(client: Mapping[str, Any], changed: Mapping[str, Any]) -> None:
    """Refuses what the client could not be registered with. `client`: its columns; `changed`: the new settings.

    Raises:
        OAuthError: `invalid_client_metadata` or `invalid_redirect_uri`.
    """
    check_settings({name: client[name] for name in (*_KEPT, *_WHERE_NAMED)} | dict(changed))


def settings_of(client: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the settings of a client that a change would replace. `client`: its columns."""
    return {name: client[name] for name in CHANGEABLE}


def violation_of(error: OAuthError) -> Violation:
    """Returns the sentence for the form's field that an error of `check_settings` is about."""
    named = error.description.partition(" ")[0].strip(":,").partition("#")[0]
    field, zh = _FIELDS.get(named, ("redirect_uris", f"设置不正确：{error.description}"))
    return Violation(field, zh, error.description)


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
    return read_registration(_metadata(settings), _profile(settings))


def _profile(settings: Mapping[str, Any]) -> ClientProfile:
    name = settings.get("profile", ClientProfile.STRICT)
    if name not in set(ClientProfile):
        raise OAuthError("invalid_client_metadata", f"profile must be one of {', '.join(ClientProfile)}")
    if name == ClientProfile.COMPATIBLE and settings.get("auth_method") == AuthMethod.NONE:
        raise OAuthError("invalid_client_metadata", "profile compatible is for clients that can keep a secret")
    return ClientProfile(name)


def _metadata(settings: Mapping[str, Any]) -> dict[str, Any]:
    scopes = settings.get("scopes", SCOPES)
    if not isinstance(scopes, Sequence) or "openid" not in scopes or not set(scopes) <= set(ALL_SCOPES):
        raise OAuthError("invalid_client_metadata", f"scope must have openid, and some of {', '.join(ALL_SCOPES[1:])}")
    return {
        "client_name": settings.get("name_zh", ""),
        "client_name#zh-Hans": settings.get("name_zh", ""),
        "client_name#en": settings.get("name_en", ""),
        "application_type": settings.get("application_type", "web"),
        "token_endpoint_auth_method": settings.get("auth_method", "client_secret_basic"),
        "grant_types": list(GRANT_TYPES),
        "redirect_uris": list(settings.get("redirect_uris", ())),
        "post_logout_redirect_uris": list(settings.get("post_logout_redirect_uris", ())),
        "scope": " ".join(scopes),
        "jwks": settings.get("jwks"),
        "jwks_uri": settings.get("jwks_uri") or None,
        "id_token_signed_response_alg": settings.get("id_token_alg", "ES256"),
        "userinfo_signed_response_alg": settings.get("userinfo_signed_response_alg"),
        "request_object_signing_alg": settings.get("request_object_signing_alg"),
        "backchannel_logout_uri": settings.get("backchannel_logout_uri") or None,
    }
