"""Refresh tokens that are stolen, foreign or too wide."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.support.identity.parties import Attempt, Browser, Identity, RelyingParty


@pytest.fixture(scope="module")
def party(identity: Identity) -> RelyingParty:
    for client_id in ("oa", "service-hall"):
        identity.execute(
            "UPDATE client SET grant_types = $1, scopes = $2 WHERE client_id = $3",
            ["authorization_code", "refresh_token"],
            ["openid", "profile", "offline_access"],
            client_id,
        )
    return identity.district("oa")


@pytest.fixture(scope="module")
def page(identity: Identity) -> Browser:
    return identity.signed_in("water01")


@pytest.fixture
def tokens(identity: Identity, page: Browser, party: RelyingParty) -> dict[str, Any]:
    attempt = Attempt()
    code = identity.code(page, party, attempt, scope="openid offline_access")
    return dict(party.redeem(code, attempt).json())


def refreshed(party: RelyingParty, token: str, **extra: str) -> httpx.Response:
    return party.token({"grant_type": "refresh_token", "refresh_token": token} | extra)


def is_alive(identity: Identity, token: str) -> bool:
    answer = httpx.get(f"{identity.url}/userinfo", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code == 200


def test_a_second_use_after_the_window_ends_the_grant(
    identity: Identity, party: RelyingParty, tokens: dict[str, Any]
) -> None:
    newest = refreshed(party, tokens["refresh_token"]).json()
    identity.execute("UPDATE refresh_token SET used_at = used_at - interval '31 seconds' WHERE used_at IS NOT NULL")
    assert refreshed(party, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert refreshed(party, newest["refresh_token"]).json()["error"] == "invalid_grant"
    assert not is_alive(identity, newest["access_token"])
    assert not is_alive(identity, tokens["access_token"])


def test_a_lost_answer_is_not_given_again_after_the_sign_out(identity: Identity, party: RelyingParty) -> None:
    page, attempt = identity.signed_in("water01"), Attempt()
    first = party.redeem(identity.code(page, party, attempt, scope="openid offline_access"), attempt).json()
    answer = refreshed(party, first["refresh_token"]).json()
    assert refreshed(party, first["refresh_token"]).json() == answer
    session_id = party.read(first["access_token"])["sid"]
    identity.execute("UPDATE sso_session SET ended_at = now() WHERE session_id = $1", session_id)
    assert refreshed(party, first["refresh_token"]).json()["error"] == "invalid_grant"


def test_another_client_cannot_use_it(identity: Identity, party: RelyingParty, tokens: dict[str, Any]) -> None:
    thief = identity.district("service-hall")
    assert refreshed(thief, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert is_alive(identity, tokens["access_token"]), "a stranger's attempt ends nothing"
    assert refreshed(party, tokens["refresh_token"]).status_code == 200


def test_a_wider_scope_is_refused_and_the_token_is_not_used_up(party: RelyingParty, tokens: dict[str, Any]) -> None:
    wide = refreshed(party, tokens["refresh_token"], scope="openid profile offline_access")
    assert wide.json()["error"] == "invalid_scope"
    assert refreshed(party, tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize("token", ["", "x", "é" * 10, "a" * 3000])
def test_nonsense_is_an_oauth_error(party: RelyingParty, token: str) -> None:
    answer = refreshed(party, token)
    assert answer.status_code == 400
    assert answer.json()["error"] in {"invalid_grant", "invalid_request"}


def test_a_person_who_has_left_is_refused(identity: Identity, party: RelyingParty) -> None:
    page, attempt = identity.signed_in("veterans01"), Attempt()
    token = party.redeem(identity.code(page, party, attempt, scope="openid offline_access"), attempt).json()
    identity.execute("UPDATE person SET left_at = now() WHERE login_name = 'veterans01'")
    assert refreshed(party, token["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_system_that_is_closed_to_the_person_is_refused(
    identity: Identity, party: RelyingParty, tokens: dict[str, Any]
) -> None:
    identity.execute("UPDATE client SET open_to = '{data}' WHERE client_id = 'oa'")
    assert refreshed(party, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    identity.execute("UPDATE client SET open_to = '{*}' WHERE client_id = 'oa'")


async def test_two_redemptions_of_one_code_at_once_give_one_token(
    identity: Identity, page: Browser, party: RelyingParty
) -> None:
    attempt = Attempt()
    code = identity.code(page, party, attempt)
    answers = await asyncio.gather(*(asyncio.to_thread(party.redeem, code, attempt) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400, 400, 400]
    winner = next(answer.json() for answer in answers if answer.status_code == 200)
    assert not is_alive(identity, winner["access_token"]), "a code that came twice ends its grant"
