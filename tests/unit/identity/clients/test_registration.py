"""What a client may say about itself (RFC 7591, RFC 7592)."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey
from pingshan_identity.domain.clients.client import ApplicationType, AuthMethod, ClientProfile
from pingshan_identity.domain.clients.registration import (
    MAX_LIFE,
    MAX_USES,
    check_sector,
    check_update,
    new_client_id,
    opening_violations,
    read_registration,
)
from pingshan_identity.domain.oauth_error import OAuthError

KEYS = {"keys": [dict(ECKey.generate_key("P-256").as_dict(private=False))]}
WEB: dict[str, Any] = {"client_name": "Parcel lockers", "redirect_uris": ["https://rp.example/callback"]}
APP: dict[str, Any] = {
    "client_name": "App",
    "application_type": "native",
    "token_endpoint_auth_method": "none",
    "redirect_uris": ["http://127.0.0.1/callback", "example.parcel.app:/callback"],
}

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
REFRESHING = ["authorization_code", "refresh_token"]
ENCRYPTED = (
    "id_token_encrypted_response",
    "userinfo_encrypted_response",
    "request_object_encryption",
    "authorization_encrypted_response",
    "introspection_encrypted_response",
)
OPTIONAL = (
    "client_name#en",
    "default_acr_values",
    "default_max_age",
    "frontchannel_logout_uri",
    "id_token_encrypted_response_alg",
    "id_token_signed_response_alg",
    "jwks_uri",
    "policy_uri",
    "request_object_signing_alg",
    "require_auth_time",
    "response_types",
    "sector_identifier_uri",
    "software_statement",
    "subject_type",
    "tls_client_certificate_bound_access_tokens",
    "userinfo_signed_response_alg",
)
CODES = {"invalid_client_metadata", "invalid_redirect_uri", "unapproved_software_statement"}


def test_what_is_left_out_is_strict() -> None:
    read = read_registration(WEB)
    assert (read.auth_method, read.application_type) == (AuthMethod.CLIENT_SECRET_BASIC, ApplicationType.WEB)
    assert (read.grant_types, read.scopes) == (("authorization_code",), ("openid", "profile", "phone"))
    assert (read.id_token_alg, read.profile, read.subject_type) == ("RS256", ClientProfile.STRICT, "public")
    assert (read.name_zh, read.name_en) == ("Parcel lockers", "Parcel lockers")
    assert not read.require_par
    assert read == read_registration(WEB | dict.fromkeys(OPTIONAL)), "null is left out (RFC 7592 section 2.2)"


def test_what_can_be_said() -> None:
    read = read_registration(
        WEB
        | {
            "client_name#zh-Hans": "快递柜",
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": KEYS,
            "grant_types": ["authorization_code", "refresh_token"],
            "scope": "offline_access openid phone",
            "id_token_signed_response_alg": "RS256",
            "require_pushed_authorization_requests": True,
            "dpop_bound_access_tokens": True,
            "backchannel_logout_uri": "https://rp.example/logout",
            "post_logout_redirect_uris": ["https://rp.example/"],
            "contacts": ["nobody@example.com"],
            "unknown": {"of": "no matter"},
        }
    )
    assert (read.name_zh, read.name_en, read.scopes) == (
        "快递柜",
        "Parcel lockers",
        ("openid", "phone", "offline_access"),
    )
    assert read.require_par
    assert read.dpop_bound
    assert read_registration(APP).auth_method is AuthMethod.NONE


@pytest.mark.parametrize(
    "changed",
    [
        {"client_name": ""},
        {"client_name": "x" * 101},
        {"client_name": "two\nlines"},
        {"client_name": "\ud800"},
        {"client_name": "right to \u202e left"},
        {"client_name": "hid\u200bden"},
        {"client_name": 1},
        {"application_type": "desktop"},
        {"application_type": ["web"]},
        {"token_endpoint_auth_method": "none"},
        {"token_endpoint_auth_method": "tls_client_auth"},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": []}},
        {"jwks": {"keys": []}},
        {"jwks": KEYS, "jwks_uri": "https://rp.example/jwks"},
        {"jwks_uri": "http://rp.example/jwks"},
        {"jwks_uri": ["https://rp.example/jwks"]},
        {"response_types": ["token"]},
        {"response_types": ["id_token"]},
        {"response_types": []},
        {"response_types": "code"},
        {"grant_types": ["client_credentials"]},
        {"grant_types": ["password"]},
        {"grant_types": ["implicit", "refresh_token"]},
        {"grant_types": []},
        {"grant_types": "authorization_code"},
        {"scope": ""},
        {"scope": "email offline_access"},
        {"scope": ["openid"]},
        {"id_token_signed_response_alg": "none"},
        {"id_token_signed_response_alg": "HS256"},
        {"require_pushed_authorization_requests": "yes"},
        {"backchannel_logout_uri": "http://rp.example/logout"},
        {"backchannel_logout_uri": "http://169.254.169.254/"},
        {"post_logout_redirect_uris": ["http://rp.example/"]},
        *({f"{name}_alg": "RSA-OAEP"} for name in ENCRYPTED),
        *({f"{name}_enc": "A256GCM"} for name in ENCRYPTED),
        {"authorization_signed_response_alg": "RS256"},
        {"introspection_signed_response_alg": "RS256"},
        {"userinfo_signed_response_alg": "none"},
        {"userinfo_signed_response_alg": "HS256"},
        {"userinfo_signed_response_alg": ["RS256"]},
        {"request_object_signing_alg": "none"},
        {"request_object_signing_alg": "HS256"},
        {"tls_client_certificate_bound_access_tokens": True},
        {"tls_client_certificate_bound_access_tokens": "yes"},
        {"require_signed_request_object": True},  # without keys
        {"require_signed_request_object": "true", "jwks": KEYS},
        {"initiate_login_uri": "http://localhost/begin"},
        {"initiate_login_uri": "http://rp.example/begin"},
        {"initiate_login_uri": "https://rp.example/#begin"},
        {"default_acr_values": ["3"]},
        {"frontchannel_logout_uri": "https://rp.example/gone"},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks": KEYS, "token_endpoint_auth_signing_alg": "HS256"},
        {"default_max_age": -1},
        {"default_max_age": 1.5},
        {"default_max_age": True},
        {"default_max_age": 2**31},
        {"require_auth_time": "true"},
        {"subject_type": "ephemeral"},
        {"subject_type": "pairwise", "redirect_uris": ["https://rp.example/a", "https://other.example/a"]},
        {"subject_type": "pairwise", "redirect_uris": ["http://localhost/a"]},
        {"subject_type": "pairwise", "grant_types": ["authorization_code", DEVICE]},
        {"subject_type": "pairwise", "sector_identifier_uri": "http://localhost/sector"},
        {"sector_identifier_uri": "ftp://rp.example/sector"},
        {"logo_uri": "http://rp.example/logo.png"},
        {"policy_uri": "javascript:alert(1)"},
        {"tos_uri": 5},
        {"client_uri": "https://user@rp.example/"},
    ],
)
def test_what_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(OAuthError) as refused:
        read_registration(WEB | changed)
    assert refused.value.code == "invalid_client_metadata"
    assert any(name in refused.value.description for name in changed), "by its name"


def test_a_software_statement_is_refused_with_its_own_code() -> None:
    with pytest.raises(OAuthError) as refused:
        read_registration(WEB | {"software_statement": "e30.e30."})
    assert refused.value.code == "unapproved_software_statement"


@pytest.mark.parametrize(
    ("sent", "name", "registered"),
    [
        ({"response_types": ["code", "code id_token"]}, "grant_types", ("authorization_code",)),
        ({"grant_types": ["authorization_code", "implicit"]}, "grant_types", ("authorization_code",)),
        ({"grant_types": [DEVICE], "response_types": [], "redirect_uris": []}, "grant_types", (DEVICE,)),
        ({"scope": "openid email address phone"}, "scopes", ("openid", "phone")),
        ({"scope": "profile"}, "scopes", ("profile",)),
        ({"scope": "openid offline_access"}, "scopes", ("openid",)),
        ({"scope": "openid", "grant_types": REFRESHING}, "scopes", ("openid", "offline_access")),
        ({"grant_types": REFRESHING}, "scopes", ("openid", "profile", "phone", "offline_access")),
        ({"client_name": None}, "name_zh", "rp.example"),
        ({"client_name#en": "Lockers"}, "name_en", "Lockers"),
        ({"jwks": KEYS}, "auth_method", AuthMethod.CLIENT_SECRET_BASIC),
        ({"jwks_uri": "https://rp.example/jwks"}, "jwks_uri", "https://rp.example/jwks"),
        ({"request_uris": ["https://rp.example/request"]}, "grant_types", ("authorization_code",)),
        ({"initiate_login_uri": "https://rp.example/begin"}, "initiate_login_uri", "https://rp.example/begin"),
        ({"require_signed_request_object": True, "jwks": KEYS}, "require_signed_request_object", True),
        ({"require_signed_request_object": False}, "require_signed_request_object", False),
        ({"default_acr_values": []}, "grant_types", ("authorization_code",)),
        ({"tls_client_certificate_bound_access_tokens": False}, "dpop_bound", False),
        ({"policy_uri": "https://rp.example/policy", "policy_uri#zh": 5}, "policy_uri", "https://rp.example/policy"),
        ({"subject_type": "pairwise"}, "sector_identifier", "rp.example"),
        (
            {"subject_type": "pairwise", "sector_identifier_uri": "https://sector.example/uris"},
            "sector_identifier",
            "sector.example",
        ),
        ({"sector_identifier_uri": "https://sector.example/uris"}, "sector_identifier", None),
        ({"default_max_age": 0}, "default_max_age", 0),
        ({"userinfo_signed_response_alg": "EdDSA"}, "userinfo_signed_response_alg", "EdDSA"),
        ({"request_object_signing_alg": "PS256"}, "request_object_signing_alg", "PS256"),
        (
            {"frontchannel_logout_uri": "https://rp.example/x", "backchannel_logout_uri": "https://rp.example/y"},
            "backchannel_logout_uri",
            "https://rp.example/y",
        ),
    ],
)
def test_what_is_harmless_is_accepted_or_narrowed(sent: dict[str, Any], name: str, registered: Any) -> None:
    assert getattr(read_registration(WEB | sent), name) == registered


def test_an_app_without_an_address_has_a_name_all_the_same() -> None:
    device = {"grant_types": [DEVICE], "application_type": "native", "token_endpoint_auth_method": "none"}
    read = read_registration(device)
    assert (read.name_zh, read.name_en) == ("未命名的系统", "Unnamed system")
    assert read_registration(APP | {"client_name": None, "redirect_uris": ["example.parcel.app:/x"]}).name_en == (
        "example.parcel.app"
    )


FAPI2 = WEB | {"jwks": KEYS}


def test_fapi2_says_what_it_needs() -> None:
    read = read_registration(FAPI2, ClientProfile.FAPI2)
    assert (read.auth_method, read.id_token_alg) == (AuthMethod.PRIVATE_KEY_JWT, "ES256")
    assert read.require_par
    assert read.dpop_bound


@pytest.mark.parametrize(
    "changed",
    [
        {"token_endpoint_auth_method": "client_secret_basic"},
        {"jwks": None},
        {"id_token_signed_response_alg": "RS256"},
        {"userinfo_signed_response_alg": "RS256"},
        {"request_object_signing_alg": "RS256"},
    ],
)
def test_what_fapi2_does_not_allow(changed: dict[str, Any]) -> None:
    with pytest.raises(OAuthError, match="invalid_client_metadata"):
        read_registration(FAPI2 | changed, ClientProfile.FAPI2)


def test_only_who_proves_itself_may_do_without_pkce() -> None:
    assert read_registration(WEB, ClientProfile.COMPATIBLE).profile is ClientProfile.COMPATIBLE
    assert read_registration(APP, ClientProfile.COMPATIBLE).profile is ClientProfile.STRICT


@pytest.mark.parametrize("document", [None, {}, "https://rp.example/callback", [], [1], ["https://rp.example/other"]])
def test_a_sector_lists_every_redirect_uri(document: Any) -> None:
    check_sector(["https://rp.example/other", *WEB["redirect_uris"]], WEB["redirect_uris"])
    with pytest.raises(OAuthError, match="sector_identifier_uri"):
        check_sector(document, WEB["redirect_uris"])


@pytest.mark.parametrize(
    "uris",
    [
        None,
        [],
        "https://rp.example/",
        [1],
        [f"https://rp.example/{number}" for number in range(11)],
        ["http://rp.example/"],
        ["https://rp.example/#fragment"],
        ["https://user@rp.example/"],
        ["https://rp.example:0/"],
        ["https://rp.example:99999/"],
        ["https:///nowhere"],
        ["https://rp.example\\@attacker.example/"],
        ["https://rp.example/ space"],
        ["https://rp.example/\u0000"],
        ["https://[rp.example/"],
        ["/relative"],
        ["javascript:alert(1)"],
        ["example.parcel.app:/callback"],
    ],
)
def test_addresses_that_are_refused(uris: Any) -> None:
    with pytest.raises(OAuthError) as refused:
        read_registration(WEB | {"redirect_uris": uris})
    assert refused.value.code == "invalid_redirect_uri"


@pytest.mark.parametrize("uri", ["javascript:alert(1)", "data:text/html,x", "custom:/callback", "http://rp.example/"])
def test_an_apps_own_scheme_is_a_reversed_domain_name(uri: str) -> None:
    with pytest.raises(OAuthError):
        read_registration(APP | {"redirect_uris": [uri]})


@pytest.mark.parametrize("document", [None, [], "x", 1])
def test_the_body_is_an_object(document: Any) -> None:
    for check in (read_registration, lambda body: check_update(body, "c-1", lambda _: True)):
        with pytest.raises(OAuthError):
            check(document)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.sampled_from([*WEB, "jwks", "scope", "grant_types", "application_type", "backchannel_logout_uri", *OPTIONAL]),
    json_values,
)
def test_whatever_is_sent_is_read_or_refused(name: str, value: Any) -> None:
    try:
        read_registration(WEB | {"token_endpoint_auth_method": "private_key_jwt", "jwks": KEYS, name: value})
    except OAuthError as error:
        assert error.code in CODES  # noqa: PT017 - anything else is a 500


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"client_id": "c-2"},
        {"client_id": "c-1", "registration_access_token": "x"},
        {"client_id": "c-1", "registration_client_uri": "x"},
        {"client_id": "c-1", "client_secret_expires_at": 0},
        {"client_id": "c-1", "client_id_issued_at": 0},
        {"client_id": "c-1", "client_secret": "chosen"},
        {"client_id": "c-1", "client_secret": 5},
    ],
)
def test_what_an_update_must_not_say(document: dict[str, Any]) -> None:
    with pytest.raises(OAuthError):
        check_update(document, "c-1", lambda secret: secret == "right")
    check_update({"client_id": "c-1", "client_secret": "right"}, "c-1", lambda secret: secret == "right")


def test_identifiers_differ() -> None:
    assert len({new_client_id() for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("document", "has_one", "needs"), [(WEB, False, True), (WEB, True, False), (APP, False, False), (APP, True, False)]
)
def test_a_secret_is_made_where_the_method_needs_one_and_there_is_none(
    document: dict[str, Any], has_one: bool, needs: bool
) -> None:
    assert read_registration(document).needs_new_secret(has_one=has_one) is needs


@pytest.mark.parametrize(
    ("uses", "life", "wrong"),
    [
        (1, timedelta(seconds=1), []),
        (MAX_USES, MAX_LIFE, []),
        (0, MAX_LIFE, ["uses"]),
        (MAX_USES + 1, MAX_LIFE, ["uses"]),
        (1, timedelta(0), ["days"]),
        (1, MAX_LIFE + timedelta(seconds=1), ["days"]),
        (0, timedelta(0), ["uses", "days"]),
    ],
)
def test_how_often_and_how_long_systems_may_register(uses: int, life: timedelta, wrong: list[str]) -> None:
    assert [each.path for each in opening_violations(uses=uses, life=life)] == wrong
