"""What a client may say about itself (RFC 7591, RFC 7592)."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey
from pingshan_identity.domain.clients.client import ApplicationType, AuthMethod
from pingshan_identity.domain.clients.registration import (
    MAX_LIFE,
    MAX_USES,
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


def test_what_is_left_out_is_strict() -> None:
    read = read_registration(WEB)
    assert (read.auth_method, read.application_type) == (AuthMethod.CLIENT_SECRET_BASIC, ApplicationType.WEB)
    assert (read.grant_types, read.scopes, read.id_token_alg) == (
        ("authorization_code",),
        ("openid", "profile"),
        "ES256",
    )
    assert (read.name_zh, read.name_en) == ("Parcel lockers", "Parcel lockers")
    assert not read.require_par


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
        {"client_name": None},
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
        {"jwks": KEYS},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": []}},
        {"jwks_uri": "https://rp.example/jwks"},
        {"response_types": ["code", "token"]},
        {"response_types": "code"},
        {"grant_types": ["client_credentials"]},
        {"grant_types": ["password"]},
        {"grant_types": "authorization_code"},
        {"scope": "profile"},
        {"scope": "openid administrator"},
        {"scope": ["openid"]},
        {"id_token_signed_response_alg": "none"},
        {"id_token_signed_response_alg": "HS256"},
        {"require_pushed_authorization_requests": "yes"},
        {"backchannel_logout_uri": "http://rp.example/logout"},
        {"backchannel_logout_uri": "http://169.254.169.254/"},
        {"post_logout_redirect_uris": ["http://rp.example/"]},
    ],
)
def test_what_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(OAuthError) as refused:
        read_registration(WEB | changed)
    assert refused.value.code == "invalid_client_metadata"


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
    st.sampled_from([*WEB, "jwks", "scope", "grant_types", "application_type", "backchannel_logout_uri"]), json_values
)
def test_whatever_is_sent_is_read_or_refused(name: str, value: Any) -> None:
    try:
        read_registration(WEB | {"token_endpoint_auth_method": "private_key_jwt", "jwks": KEYS, name: value})
    except OAuthError as error:
        assert error.code in {"invalid_client_metadata", "invalid_redirect_uri"}  # noqa: PT017 - anything else is a 500


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
    ],
)
def test_how_often_and_how_long_systems_may_register(uses: int, life: timedelta, wrong: list[str]) -> None:
    assert [each.path for each in opening_violations(uses=uses, life=life)] == wrong
