"""Which access tokens of ours still open something, and who is told about them (RFC 7662, RFC 9449 section 7)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from pingshan_identity.domain.clients.client import Client, ClientKind
from pingshan_identity.domain.oauth.access_token import check_at_userinfo, has_expired, is_a_persons, was_given_to
from pingshan_identity.domain.oauth.introspection import about_refresh_token, may_ask, may_be_told
from pingshan_identity.domain.oauth_error import OAuthError

from tests.support.identity.samples import NOW, SYSTEM

SECOND = int(NOW.timestamp())
CLAIMS: Mapping[str, Any] = {"aud": "e-license", "client_id": "water-monitor", "exp": SECOND + 1, "grant": "g1"}
OWN: Mapping[str, Any] = {**CLAIMS, "aud": "water-monitor", "scope": "profile openid"}
MACHINE: Mapping[str, Any] = {name: value for name, value in CLAIMS.items() if name != "grant"}
BOUND: Mapping[str, Any] = {**OWN, "cnf": {"jkt": "k1"}}


def test_a_token_ends_with_its_second() -> None:
    assert not has_expired(CLAIMS, NOW)
    assert has_expired({"exp": SECOND}, NOW)
    assert is_a_persons(CLAIMS)
    assert not is_a_persons(MACHINE)
    assert was_given_to(SYSTEM, CLAIMS)
    assert not was_given_to(replace(SYSTEM, client_id="e-license"), CLAIMS)


@pytest.mark.parametrize(("claims", "jkt"), [(OWN, None), ({**OWN, "aud": "identity"}, None), (BOUND, "k1")])
def test_what_opens_userinfo(claims: Mapping[str, Any], jkt: str | None) -> None:
    check_at_userinfo(claims, jkt=jkt, now=NOW)


@pytest.mark.parametrize(
    ("claims", "jkt"),
    [
        (BOUND, None),
        (BOUND, "k2"),
        (OWN, "k1"),
        (MACHINE, None),
        ({**OWN, "exp": SECOND}, None),
        ({**OWN, "aud": "e-license"}, None),
    ],
)
def test_what_opens_nothing_at_userinfo(claims: Mapping[str, Any], jkt: str | None) -> None:
    with pytest.raises(OAuthError) as refused:
        check_at_userinfo(claims, jkt=jkt, now=NOW)
    assert refused.value.code == "invalid_token"


def test_userinfo_needs_openid_in_the_scope() -> None:
    with pytest.raises(OAuthError) as refused:
        check_at_userinfo({**OWN, "scope": "profile"}, jkt=None, now=NOW)
    assert refused.value.code == "insufficient_scope"


@pytest.mark.parametrize(
    ("service", "claims", "told"),
    [
        ("e-license", CLAIMS, True),
        ("workflow", CLAIMS, False),
        (None, CLAIMS, False),
        ("e-license", {**CLAIMS, "exp": SECOND}, False),
    ],
)
def test_which_service_is_told(service: str | None, claims: Mapping[str, Any], told: bool) -> None:
    assert may_be_told(service, claims, NOW) is told


@pytest.mark.parametrize(
    ("client", "may"),
    [
        (SYSTEM, True),
        (replace(SYSTEM, client_id="oa"), False),
        (replace(SYSTEM, client_id="e-license", kind=ClientKind.PLATFORM), True),
        (replace(SYSTEM, kind=ClientKind.PLATFORM), False),
    ],
)
def test_which_client_may_ask(client: Client, may: bool) -> None:
    assert may_ask(client, CLAIMS) is may


def test_what_is_told_of_a_refresh_token() -> None:
    told = about_refresh_token(client_id="oa", scope="openid", sub="p1", expires_at=NOW)
    assert (told["active"], told["sub"], told["exp"], told["token_type"]) == (True, "p1", SECOND, "refresh_token")
