"""RFC 6749 section 6, RFC 9700 section 2.2.2."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pingshan_identity.domain.clients.client import AuthMethod
from pingshan_identity.domain.oauth.grant import Grant
from pingshan_identity.domain.oauth.refresh_token import UsedRefreshToken, is_same_request, narrowed, rotates
from pingshan_identity.domain.oauth_error import OAuthError

from tests.support.identity.samples import GRANT_ID, SYSTEM

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
GRANT = Grant(GRANT_ID, "s1", "water-monitor", "openid profile", None, None, None)


@pytest.mark.parametrize(
    ("asked", "scope"), [(None, "openid profile"), ("openid", "openid"), ("profile openid", "openid profile")]
)
def test_the_scope_is_what_was_granted_or_less(asked: str | None, scope: str) -> None:
    assert narrowed("openid profile", asked) == scope


def test_a_wider_scope_is_refused() -> None:
    with pytest.raises(OAuthError):
        narrowed("openid", "openid profile")


@pytest.mark.parametrize(("seconds", "again"), [(0, True), (30, True), (31, False)])
def test_the_same_answer_comes_again_for_thirty_seconds(seconds: int, again: bool) -> None:
    used = UsedRefreshToken(uuid4(), NOW - timedelta(seconds=seconds), b"sealed")
    assert used.has_grace(NOW) is again
    assert not UsedRefreshToken(uuid4(), NOW, None).has_grace(NOW)


def test_whose_tokens_are_good_once() -> None:
    app = replace(SYSTEM, auth_method=AuthMethod.NONE)
    assert rotates(app, GRANT)
    assert not rotates(app, replace(GRANT, dpop_jkt="k1")), "a thief has not the key"
    assert not rotates(SYSTEM, GRANT), "a thief cannot authenticate"


@pytest.mark.parametrize(
    "changed", [{}, {"audience": "e-license"}, {"scope": "openid"}, {"jkt": "k1"}], ids=["same", "aud", "scope", "key"]
)
def test_which_request_gets_the_answer_of_another(changed: dict[str, str]) -> None:
    asked: dict[str, Any] = {"audience": "oa", "scope": "openid profile", "jkt": None}
    claims = {"aud": "oa", "scope": "openid profile"}
    assert is_same_request(claims, **asked | changed) is (not changed)
    bound = claims | {"cnf": {"jkt": "k1"}}
    assert is_same_request(bound, **asked | {"jkt": "k1"})
    assert not is_same_request(bound, **asked)
