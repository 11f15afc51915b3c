"""What administrators decide about a client can be kept."""

from typing import Any

import pytest
from pingshan_identity.domain.clients.client_settings import (
    change_violations,
    check_settings,
    grant_types_after,
    settings_violations,
)
from pingshan_identity.domain.oauth_error import OAuthError

GOOD: dict[str, Any] = {
    "name_zh": "智慧水务系统",
    "name_en": "Smart water",
    "redirect_uris": ["https://water.example/callback"],
    "required_level": 2,
    "open_to": ["water"],
}


def test_what_is_accepted() -> None:
    assert check_settings(GOOD).name_zh == "智慧水务系统"
    assert check_settings(GOOD | {"launch_uri": "http://water.example/"})


@pytest.mark.parametrize(
    "changed",
    [
        {"required_level": 4},
        {"open_to": 1},
        {"open_to": None},
        {"owner": "a\0"},
        {"open_to": ["a\0"]},
        {"launch_uri": "https://a/\ud800"},
        *(
            {"launch_uri": uri}
            for uri in ("javascript:alert(1)//", "data:text/html,x", "/here", "https://a@b.example/")
        ),
    ],
)
def test_what_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(OAuthError):
        check_settings(GOOD | changed)


EVERYTHING_WRONG: dict[str, Any] = {
    "name_zh": "",
    "name_en": "a\nb",
    "application_type": "web",
    "auth_method": "client_secret_basic",
    "profile": "fapi2",
    "id_token_alg": "HS256",
    "jwks": {"keys": []},
    "jwks_uri": "http://rp.example/keys",
    "scopes": ["profile"],
    "redirect_uris": [],
    "post_logout_redirect_uris": ["ftp://rp.example/"],
    "backchannel_logout_uri": "http://rp.example/logout",
    "launch_uri": "rp.example",
    "required_level": 0,
    "open_to": None,
}


def test_everything_that_is_wrong_is_said_at_once() -> None:
    expected = set(EVERYTHING_WRONG) - {"profile", "application_type"}
    assert {each.path for each in settings_violations(EVERYTHING_WRONG)} == expected
    assert settings_violations(GOOD) == []


@pytest.mark.parametrize("name", sorted(set(EVERYTHING_WRONG) - {"profile", "application_type", "auth_method"}))
def test_one_fault_is_said_at_its_own_field_in_chinese(name: str) -> None:
    [violation] = settings_violations(GOOD | {name: EVERYTHING_WRONG[name]})
    assert violation.path == name
    assert violation.zh != "这一项不正确"


@pytest.mark.parametrize(
    ("changed", "path", "word"),
    [
        ({"auth_method": "private_key_jwt"}, "jwks", "须填写公钥或公钥地址"),
        ({"auth_method": "none"}, "auth_method", "系统类型"),
        ({"profile": "fapi2"}, "auth_method", "须用私钥证明自己"),
        ({"profile": "compatible", "auth_method": "none", "application_type": "native"}, "profile", "兼容"),
        ({"redirect_uris": []}, "redirect_uris", "至少填写一个"),
        ({"open_to": None}, "open_to", "谁也打不开"),
    ],
)
def test_what_does_not_fit_together_names_its_cause(changed: dict[str, Any], path: str, word: str) -> None:
    [violation] = settings_violations(GOOD | changed)
    assert violation.path == path
    assert word in violation.zh


def test_keys_and_their_address_are_not_both_filled_in() -> None:
    key = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "a"}
    [both] = settings_violations(GOOD | {"jwks": {"keys": [key]}, "jwks_uri": "https://water.example/keys"})
    assert (both.path, both.zh) == ("jwks_uri", "系统的公钥和公钥地址只填一项")


def test_a_change_is_checked_with_what_stays() -> None:
    client = dict.fromkeys(("userinfo_signed_response_alg", "request_object_signing_alg", "jwks", "jwks_uri"))
    client |= GOOD | {
        "application_type": "web",
        "auth_method": "client_secret_basic",
        "profile": "strict",
        "id_token_alg": "ES256",
        "scopes": ["openid"],
    }
    assert change_violations(client, GOOD) == []
    assert {each.path for each in change_violations(client, GOOD | {"profile": "fapi2", "launch_uri": "x"})} == {
        "auth_method",
        "launch_uri",
    }


def test_refresh_tokens_come_and_go_with_being_used_offline() -> None:
    assert check_settings(GOOD | {"scopes": ["openid", "profile"]}).scopes == ("openid", "profile")
    assert check_settings(GOOD | {"scopes": ["openid", "profile"]}).grant_types == ("authorization_code",)
    offline = check_settings(GOOD | {"scopes": ["openid", "offline_access"]})
    assert (offline.scopes, offline.grant_types) == (
        ("openid", "offline_access"),
        ("authorization_code", "refresh_token"),
    )
    assert grant_types_after(["authorization_code", "refresh_token"], ["openid"]) == ["authorization_code"]
    assert grant_types_after(["device"], ["openid", "offline_access"]) == ["device", "refresh_token"]
