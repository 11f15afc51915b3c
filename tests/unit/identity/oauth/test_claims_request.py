"""The `claims` parameter (OpenID Connect Core section 5.5) and the level that a request asks for."""

import json
from typing import Any

import pytest
from pingshan_identity.domain.oauth.acr import asked_level
from pingshan_identity.domain.oauth.claims_request import ClaimsRequest, read_claims_request
from pingshan_identity.domain.oauth_error import OAuthError


def read(document: Any) -> ClaimsRequest:
    return read_claims_request(json.dumps(document))


def test_nothing_asked() -> None:
    assert read_claims_request(None) == read({}) == read({"userinfo": None}) == ClaimsRequest()


def test_the_example_of_section_5_5() -> None:
    asked = read(
        {
            "userinfo": {
                "given_name": {"essential": True},
                "nickname": None,
                "name": None,
                "http://example.info/claims/groups": None,
            },
            "id_token": {"auth_time": {"essential": True}, "acr": {"values": ["urn:mace:incommon:iap:silver"]}},
        }
    )
    assert asked.userinfo == {"given_name", "nickname", "name", "http://example.info/claims/groups"}
    assert asked.id_token == {"auth_time", "acr"}
    assert (asked.acr_values, asked.acr_essential) == (("urn:mace:incommon:iap:silver",), False)
    assert asked.within(frozenset({"name", "phone_number"})) == {"userinfo": ["name"], "id_token": []}
    assert asked.within(frozenset()) is None


def test_members_that_we_do_not_understand_are_ignored() -> None:
    assert read({"other": 1, "userinfo": {"name": {"purpose": "x"}}}).userinfo == {"name"}


def test_a_person_may_be_named() -> None:
    assert read({"id_token": {"sub": {"value": "p1"}}}).subject == "p1"
    assert read({"userinfo": {"sub": {"value": "p1"}}}).subject == "p1"
    assert read({"id_token": {"sub": None}}).subject is None


@pytest.mark.parametrize(
    "text", ["", "x", "[]", "null", '"a"', '{"userinfo": []}', '{"id_token": {"name": "Zhou"}}', "[" * 100_000]
)
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(OAuthError) as refused:
        read_claims_request(text)
    assert refused.value.code == "invalid_request"


@pytest.mark.parametrize(
    ("acr_values", "acr", "level"),
    [
        (None, None, (None, False)),
        ("2", None, (2, False)),
        ("3 2", None, (2, False)),
        ("", None, (None, False)),
        ("0 4", None, (None, False)),
        ("urn:example 2", None, (2, False)),
        ("urn:example", None, (None, False)),
        (None, {"value": "3"}, (3, False)),
        (None, {"values": ["3", "2"], "essential": True}, (2, True)),
        ("1", {"value": "3", "essential": True}, (3, True)),
        ("2", {"essential": True}, (2, False)),
    ],
)
def test_the_level_that_is_asked_for(
    acr_values: str | None, acr: dict[str, Any] | None, level: tuple[int | None, bool]
) -> None:
    claims = read({"id_token": {"acr": acr}})
    assert asked_level(acr_values, claims) == level


def test_an_essential_level_that_nobody_has_is_an_error() -> None:
    with pytest.raises(OAuthError) as refused:
        asked_level(None, read({"id_token": {"acr": {"value": "9", "essential": True}}}))
    assert refused.value.code == "unmet_authentication_requirements"
