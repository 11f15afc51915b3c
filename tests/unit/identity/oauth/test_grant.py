"""When a grant counts, what it lets its client have, and who goes on with it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pingshan_identity.domain.clients.client import AuthMethod, Client
from pingshan_identity.domain.oauth.grant import Grant, key_to_bind, require_same_key
from pingshan_identity.domain.oauth.readable_claims import readable
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.domain.sessions.session import ABSOLUTE_LIFE, IDLE_LIFE, Session

from tests.support.identity.samples import GRANT_ID, NOW, SESSION, SYSTEM

GRANT = Grant(GRANT_ID, "s1", "water-monitor", "openid offline_access", None, None, None)


@pytest.mark.parametrize(
    ("grant", "session", "alive"),
    [
        (GRANT, SESSION, True),
        (replace(GRANT, ended_at=NOW), SESSION, False),
        (GRANT, replace(SESSION, ended_at=NOW), False),
        (GRANT, replace(SESSION, started_at=NOW - ABSOLUTE_LIFE), False),
        (GRANT, replace(SESSION, started_at=NOW - ABSOLUTE_LIFE + timedelta(seconds=1)), True),
        (GRANT, replace(SESSION, seen_at=NOW - IDLE_LIFE), True),
        (GRANT, replace(SESSION, session_id="s2"), False),
        (GRANT, None, False),
    ],
)
def test_a_grant_lives_with_its_own_session(grant: Grant, session: Session | None, alive: bool) -> None:
    assert grant.is_alive(session, NOW) is alive


@pytest.mark.parametrize(
    ("grant", "client", "may"),
    [
        (GRANT, SYSTEM, True),
        (replace(GRANT, scope="openid"), SYSTEM, False),
        (GRANT, replace(SYSTEM, grant_types=frozenset({"authorization_code"})), False),
    ],
)
def test_who_gets_a_refresh_token(grant: Grant, client: Client, may: bool) -> None:
    assert grant.may_refresh(client) is may


def test_what_was_bound_to_a_key_goes_on_with_that_key() -> None:
    require_same_key(None, None)
    require_same_key(None, "k1")
    require_same_key("k1", "k1")
    for other in (None, "k2"):
        with pytest.raises(OAuthError) as refused:
            require_same_key("k1", other)
        assert refused.value.code == "invalid_grant"


def test_a_public_client_goes_on_with_the_key_that_it_began_with() -> None:
    app = replace(SYSTEM, auth_method=AuthMethod.NONE)
    assert [key_to_bind(client, "k1") for client in (app, SYSTEM)] == ["k1", None]
    assert key_to_bind(app, None) is None


def test_what_a_client_may_read() -> None:
    all_of_it = "openid profile phone"
    grant = replace(GRANT, scope=all_of_it, claims={"id_token": ["phone_number"], "userinfo": ["act_for"]})
    client = replace(SYSTEM, scopes=frozenset({"openid", "profile", "phone"}))
    assert readable(client, grant, "userinfo", all_of_it) >= {"name", "phone_number", "act_for"}
    assert "phone_number" in readable(client, grant, "id_token", all_of_it)
    assert "phone_number" not in readable(client, replace(grant, claims=None), "id_token", all_of_it)
    assert "phone_number" not in readable(SYSTEM, grant, "userinfo", all_of_it), "registered for less today"
    assert "act_for" not in readable(replace(client, third_party=True), grant, "userinfo", all_of_it)
    narrow = readable(client, grant, "userinfo", "openid")
    assert narrow == {"act_for"}, "a narrowed token reads by its own scope, and what was asked for by name"


def test_a_grant_never_rises_above_the_sign_in_that_it_was_given_after() -> None:
    earlier = NOW - timedelta(hours=1)
    grant = replace(GRANT, auth_time=earlier, acr=2, amr=("pwd", "otp"))
    for level, methods in ((2, ("swk",)), (3, ("hwk",))):
        told = grant.proof(replace(SESSION, acr=level, amr=methods, auth_time=NOW))
        assert (told.acr, told.amr, told.auth_time) == (2, ("pwd", "otp"), earlier)
    lower = replace(SESSION, acr=1, amr=("pwd",), auth_time=NOW)
    assert grant.proof(lower) == lower
    assert replace(grant, amr=None).proof(SESSION) == SESSION, "a grant from before methods were kept"
