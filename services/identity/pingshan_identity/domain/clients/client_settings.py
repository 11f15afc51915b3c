"""Settings of a client that administrators decide, in the form in which a proposal keeps them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pingshan_values.errors import Violation
from pingshan_values.text import is_storable

from pingshan_identity.domain.clients.client import AuthMethod, ClientProfile
from pingshan_identity.domain.clients.redirect_uri import is_web_address
from pingshan_identity.domain.clients.registration import CODE, REFRESH, Registration, read_registration
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
SCOPES = ("openid", "profile", "offline_access")
"""Scopes of a client that administrators register where they name none."""
_OFFLINE = "offline_access"
CHOSEN_AT_FIRST = ("openid", "profile")
"""Scopes that the form of a new client has ticked."""
_FAULTS = (
    (
        "client_name#en",
        "name_en",
        "英文名称为一行文字，1 到 100 个字",
        "The English name is one line of 1 to 100 characters",
    ),
    (
        "client_name",
        "name_zh",
        "中文名称为一行文字，1 到 100 个字",
        "The Chinese name is one line of 1 to 100 characters",
    ),
    ("redirect_uris needs", "redirect_uris", "请至少填写一个返回地址", "At least one redirect URI is needed"),
    (
        "redirect_uris",
        "redirect_uris",
        "返回地址须为 https 地址（不带 #）或本机地址，最多 10 个",
        "Redirect URIs are https without a fragment, or loopback, and 10 at most",
    ),
    (
        "post_logout_redirect_uris",
        "post_logout_redirect_uris",
        "退出后返回地址须为 https 地址（不带 #）或本机地址，最多 10 个",
        "Post-logout redirect URIs are https without a fragment, or loopback, and 10 at most",
    ),
    (
        "backchannel_logout_uri",
        "backchannel_logout_uri",
        "退出通知地址须为 https 地址（不带 #）或本机地址",
        "The back-channel logout URI is https without a fragment, or loopback",
    ),
    (
        "jwks and jwks_uri",
        "jwks_uri",
        "系统的公钥和公钥地址只填一项",
        "Fill in the public keys or their address, not both",
    ),
    (
        "jwks_uri",
        "jwks_uri",
        "公钥地址须为 https 地址（不带 #）",
        "The address of the keys is https without a fragment",
    ),
    (
        "jwks",
        "jwks",
        "公钥须为 JWKS，1 到 10 把签名公钥（EC P-256、2048 到 8192 位 RSA 或 Ed25519），各有 kid，不含私钥",
        "A JWKS of 1 to 10 public keys for signatures (EC P-256, RSA of 2048 to 8192 bits, Ed25519), each with a kid",
    ),
    (
        "token_endpoint_auth_method private_key_jwt needs",
        "jwks",
        "用私钥证明自己的系统须填写公钥或公钥地址",
        "A system that proves itself with a private key needs its public keys, or their address",
    ),
    (
        "token_endpoint_auth_method must be private_key_jwt",
        "auth_method",
        "FAPI 2.0 的系统须用私钥证明自己（private_key_jwt）",
        "FAPI 2.0 takes a system that proves itself with a private key (private_key_jwt)",
    ),
    (
        "token_endpoint_auth_method",
        "auth_method",
        "证明方式与系统类型不符",
        "The way in which the system proves itself does not fit its type",
    ),
    (
        "id_token_signed_response_alg",
        "id_token_alg",
        "签名算法与安全要求不符",
        "The profile does not allow this algorithm",
    ),
    (
        "profile",
        "profile",
        "请选择一种安全要求；“兼容”只用于能保存密钥的系统",
        "Choose one of the profiles; 'compatible' is for systems that can keep a secret",
    ),
    ("application_type", "application_type", "请选择系统类型", "Choose the type of the system"),
    ("launch_uri", "launch_uri", "首页地址须为 http 或 https 地址", "The front page is an http or https address"),
    ("required_level", "required_level", "请选择登录强度", "Choose the level of the sign-in"),
    (
        "open_to",
        "open_to",
        "没有选择单位，批准后谁也打不开这个系统：请选择单位，或只勾选“暂不开放”",
        "No organisation is chosen, so nobody could open the system: choose some, or tick only 'Not open yet'",
    ),
    ("scope", "scopes", "系统至少要得到人员编号（openid）", "A system learns at least who it is (openid)"),
)
"""What a fault's description begins with, the first that fits; the form's field, and the sentences for it."""

_RIGHT: Mapping[str, Any] = {
    "name_zh": "系统",
    "name_en": "System",
    "redirect_uris": ["https://localhost/"],
    "required_level": 2,
    "open_to": [],
}
"""Settings with nothing wrong, beside which each part of others is checked."""
_PARTS = (
    ("name_zh",),
    ("name_en",),
    ("application_type", "auth_method", "profile", "jwks", "jwks_uri", "id_token_alg"),
    ("jwks",),
    ("jwks_uri",),
    ("id_token_alg",),
    ("scopes",),
    ("application_type", "redirect_uris"),
    ("application_type", "post_logout_redirect_uris"),
    ("backchannel_logout_uri",),
    ("launch_uri",),
    ("required_level",),
    ("open_to",),
)
"""Settings that are right or wrong together, in the order of the form."""


def change_violations(client: Mapping[str, Any], changed: Mapping[str, Any]) -> list[Violation]:
    """Returns what keeps a client from being registered with new settings. `client`: its columns; `changed`: the new
    settings.
    """
    return settings_violations({name: client[name] for name in (*_KEPT, *_WHERE_NAMED)} | dict(changed))


def settings_of(client: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the settings of a client that a change would replace. `client`: its columns."""
    return {name: client[name] for name in CHANGEABLE}


def settings_violations(settings: Mapping[str, Any]) -> list[Violation]:
    """Returns everything that is wrong with the settings, one sentence a field; empty for nothing.

    Each part is checked beside settings that are right, so that no fault hides another.
    """
    found: dict[str, Violation] = {}
    for part in (*_PARTS, tuple(settings)):
        try:
            check_settings({**_RIGHT, **{name: settings[name] for name in part if name in settings}})
        except OAuthError as error:
            violation = _violation(error, part[-1])
            found.setdefault(violation.path, violation)
    return list(found.values())


def _violation(error: OAuthError, part: str) -> Violation:
    """Returns the sentences for the form's field that the error is about; `part`: the setting that was checked."""
    said = (each[1:] for each in _FAULTS if error.description.startswith(each[0]))
    field, zh, en = next(said, (part, "这一项不正确", error.description))
    return Violation(field, zh, en)


def check_settings(settings: Mapping[str, Any]) -> Registration:
    """Returns the part of the settings that is metadata, checked as a registration is; the level must be 1 to 3.

    Raises:
        OAuthError: `invalid_client_metadata` or `invalid_redirect_uri`.
    """
    if not is_storable(settings):
        raise OAuthError("invalid_client_metadata", "NUL characters and lone surrogates cannot be kept")
    if settings.get("required_level") not in {1, 2, 3}:
        raise OAuthError("invalid_client_metadata", "required_level must be 1, 2 or 3")
    open_to = settings.get("open_to")  # none at all for a system that is open to nobody yet, None where nobody said so
    if not isinstance(open_to, Sequence) or not all(isinstance(code, str) for code in open_to):
        raise OAuthError("invalid_client_metadata", "open_to must be a list of organisation codes")
    launch_uri = settings.get("launch_uri")
    if launch_uri and not is_web_address(launch_uri):
        raise OAuthError("invalid_client_metadata", "launch_uri must be an http or https address")
    return read_registration(_metadata(settings), _profile(settings))


def grant_types_after(before: Sequence[str], scopes: Collection[str]) -> list[str]:
    """Returns the grant types of a client that administrators give these scopes: refresh tokens come and go with
    `offline_access`, the others stay.
    """
    kept = [each for each in before if each != REFRESH]
    return [*kept, REFRESH] if _OFFLINE in scopes else kept


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
        "grant_types": grant_types_after((CODE,), scopes),
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
