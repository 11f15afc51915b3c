"""Refresh tokens that are stolen, foreign or too wide."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.support.identity.dpop import DpopKey
from tests.support.identity.own_clients import add_client
from tests.support.identity.parties import Attempt, Browser, Identity, RelyingParty, answer_of, csrf_of, shown_of
from tests.support.platform import BoundService

GRANTS = ["authorization_code", "refresh_token"]
SCOPES = ["openid", "profile", "offline_access"]
APP: dict[str, Any] = {"auth_method": "none", "grant_types": GRANTS, "scopes": SCOPES}


@pytest.fixture(scope="module")
async def party(identity: Identity, bound_identity: BoundService) -> RelyingParty:
    """An app, which can keep no secret: its refresh tokens are good once."""
    assert identity.url
    return await add_client(bound_identity, "app", **APP)


@pytest.fixture(scope="module")
def system(identity: Identity) -> RelyingParty:
    """A system that authenticates: its refresh token stays."""
    change = "UPDATE client SET grant_types = $1, scopes = $2 WHERE client_id = 'oa'"
    identity.execute(change, GRANTS, SCOPES)
    return identity.district("oa")


@pytest.fixture(scope="module")
def page(identity: Identity) -> Browser:
    return identity.signed_in("water01")


@pytest.fixture
def tokens(identity: Identity, page: Browser, party: RelyingParty) -> dict[str, Any]:
    attempt = Attempt()
    code = identity.code(page, party, attempt, scope="openid offline_access")
    return dict(party.redeem(code, attempt).json())


@pytest.fixture(scope="module")
async def other(identity: Identity, bound_identity: BoundService) -> RelyingParty:
    assert identity.url
    return await add_client(bound_identity, "other-app", **APP)


def proven(identity: Identity, party: RelyingParty, token: str, key: DpopKey) -> httpx.Response:
    form: dict[str, str | None] = {"grant_type": "refresh_token", "refresh_token": token}
    return party.token(form, headers={"DPoP": key.proof("POST", f"{identity.url}/token")})


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


def test_another_client_cannot_use_it(
    identity: Identity, party: RelyingParty, other: RelyingParty, tokens: dict[str, Any]
) -> None:
    assert refreshed(other, tokens["refresh_token"]).json()["error"] == "invalid_grant"
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
    identity.execute("UPDATE client SET open_to = '{data}' WHERE client_id = 'app'")
    assert refreshed(party, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    identity.execute("UPDATE client SET open_to = '{*}' WHERE client_id = 'app'")


@pytest.mark.parametrize("answered", [False, True])
def test_a_level_that_was_raised_since_counts(
    identity: Identity, party: RelyingParty, tokens: dict[str, Any], answered: bool
) -> None:
    if answered:
        assert refreshed(party, tokens["refresh_token"]).status_code == 200
    identity.execute("UPDATE client SET required_level = 3 WHERE client_id = 'app'")
    refused = refreshed(party, tokens["refresh_token"]).json()
    identity.execute("UPDATE client SET required_level = 2 WHERE client_id = 'app'")
    assert refused["error"] == "invalid_grant"


def test_the_lost_answer_is_over_once_the_next_token_was_used(
    identity: Identity, party: RelyingParty, tokens: dict[str, Any]
) -> None:
    second = refreshed(party, tokens["refresh_token"]).json()
    third = refreshed(party, second["refresh_token"]).json()
    assert is_alive(identity, third["access_token"])
    assert refreshed(party, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert not is_alive(identity, third["access_token"]), "who used it second may be a thief"
    assert refreshed(party, third["refresh_token"]).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("changed", [{"scope": "openid"}, {"scope": "openid phone"}, {"audience": "identity"}])
def test_the_lost_answer_is_not_given_for_another_request(
    identity: Identity, party: RelyingParty, tokens: dict[str, Any], changed: dict[str, str]
) -> None:
    answer = refreshed(party, tokens["refresh_token"]).json()
    assert refreshed(party, tokens["refresh_token"], **changed).json()["error"] == "invalid_grant"
    assert not is_alive(identity, answer["access_token"])


def test_the_lost_answer_is_not_given_to_another_client(
    identity: Identity, party: RelyingParty, other: RelyingParty, tokens: dict[str, Any]
) -> None:
    answer = refreshed(party, tokens["refresh_token"]).json()
    assert refreshed(other, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert is_alive(identity, answer["access_token"])
    assert refreshed(party, tokens["refresh_token"]).json() == answer


def test_the_lost_answer_is_not_given_to_a_client_that_was_switched_off(
    identity: Identity, party: RelyingParty, tokens: dict[str, Any]
) -> None:
    refreshed(party, tokens["refresh_token"])
    identity.execute("UPDATE client SET disabled_at = now() WHERE client_id = 'app'")
    assert refreshed(party, tokens["refresh_token"]).json()["error"] == "invalid_client"
    identity.execute("UPDATE client SET disabled_at = NULL WHERE client_id = 'app'")


@pytest.mark.parametrize(
    ("close", "open_again"),
    [
        ("UPDATE person SET left_at = now() WHERE login_name = 'water01'", "UPDATE person SET left_at = NULL"),
        ("UPDATE client SET open_to = '{data}' WHERE client_id = 'app'", "UPDATE client SET open_to = '{*}'"),
    ],
    ids=["left", "closed"],
)
def test_the_lost_answer_is_not_given_about_somebody_who_is_refused(
    identity: Identity, party: RelyingParty, tokens: dict[str, Any], close: str, open_again: str
) -> None:
    refreshed(party, tokens["refresh_token"])
    identity.execute(close)
    assert refreshed(party, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    identity.execute(f"{open_again}{close[close.index(' WHERE') :]}")


def test_the_lost_answer_is_not_given_without_the_key(
    identity: Identity, party: RelyingParty, tokens: dict[str, Any]
) -> None:
    key = DpopKey()
    answer = proven(identity, party, tokens["refresh_token"], key).json()
    assert answer["token_type"] == "DPoP"
    assert proven(identity, party, tokens["refresh_token"], key).json() == answer
    assert refreshed(party, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert proven(identity, party, answer["refresh_token"], key).json()["error"] == "invalid_grant"


def test_a_proof_binds_what_was_not_bound(identity: Identity, party: RelyingParty, tokens: dict[str, Any]) -> None:
    key = DpopKey()
    answer = proven(identity, party, tokens["refresh_token"], key).json()
    assert refreshed(party, answer["refresh_token"]).json()["error"] == "invalid_grant"
    assert proven(identity, party, answer["refresh_token"], DpopKey()).json()["error"] == "invalid_grant"
    kept = proven(identity, party, answer["refresh_token"], key).json()
    assert kept["refresh_token"] == answer["refresh_token"], "a thief has not the key (FAPI 2.0 section 5.3.2.1)"


def test_the_answer_is_erased_with_the_grace(identity: Identity, party: RelyingParty, tokens: dict[str, Any]) -> None:
    def kept() -> int:
        statement = "SELECT count(*) AS n FROM refresh_token WHERE grant_id = $1::uuid AND answer_encrypted IS NOT NULL"
        return int(identity.execute(statement, party.read(tokens["access_token"])["grant"])[0]["n"])

    second = refreshed(party, tokens["refresh_token"]).json()
    assert kept() == 1
    refreshed(party, second["refresh_token"])
    assert kept() == 1, "the first answer is gone with the first use of its successor"
    identity.execute("UPDATE refresh_token SET used_at = used_at - interval '31 seconds' WHERE used_at IS NOT NULL")
    begun = time.monotonic()
    while kept():
        assert time.monotonic() - begun < 20
        time.sleep(0.2)


def test_the_token_of_a_client_that_authenticates_stays(
    identity: Identity, page: Browser, system: RelyingParty
) -> None:
    attempt = Attempt()
    first = system.redeem(identity.code(page, system, attempt, scope="openid offline_access"), attempt).json()
    token = first["refresh_token"]
    second = refreshed(system, token).json()
    identity.execute("UPDATE refresh_token SET issued_at = issued_at - interval '1 hour'")
    third = refreshed(system, token, scope="openid").json()
    assert second["refresh_token"] == third["refresh_token"] == token
    assert len({each["access_token"] for each in (first, second, third)}) == 3
    assert is_alive(identity, first["access_token"]), "using it again is no replay"
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: refreshed(system, token), range(5)))
    assert [answer.status_code for answer in answers] == [200] * 5
    system.token({"token": token}, "/revoke")
    assert refreshed(system, token).json()["error"] == "invalid_grant"


async def test_two_redemptions_of_one_code_at_once_give_one_token(
    identity: Identity, page: Browser, party: RelyingParty
) -> None:
    attempt = Attempt()
    code = identity.code(page, party, attempt)
    answers = await asyncio.gather(*(asyncio.to_thread(party.redeem, code, attempt) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400, 400, 400]
    winner = next(answer.json() for answer in answers if answer.status_code == 200)
    assert not is_alive(identity, winner["access_token"]), "a code that came twice ends its grant"


async def test_a_key_that_a_device_proves_at_the_token_endpoint_binds_its_refresh_token(
    identity: Identity, bound_identity: BoundService, page: Browser
) -> None:
    """RFC 8628 has the device send its proof with the device code, and not before (RFC 9449 section 5)."""
    device = "urn:ietf:params:oauth:grant-type:device_code"
    wall = await add_client(bound_identity, "wall", **APP | {"grant_types": [device, "refresh_token"]})
    begun = wall.token({"scope": "openid offline_access"}, "/device_authorization").json()
    shown = page.get(f"/device?user_code={begun['user_code']}")
    form = {"csrf_token": csrf_of(shown), "shown": shown_of(shown)}
    form |= {"user_code": begun["user_code"], "decision": "allow"}
    assert page.post("/device/decide", form).headers["location"] == "/device/done?allowed=true"
    key = DpopKey()
    polled: dict[str, str | None] = {"grant_type": device, "device_code": begun["device_code"]}
    first = wall.token(polled, headers={"DPoP": key.proof("POST", f"{identity.url}/token")}).json()
    assert first["token_type"] == "DPoP"
    assert refreshed(wall, first["refresh_token"]).json()["error"] == "invalid_grant"
    assert proven(identity, wall, first["refresh_token"], DpopKey()).json()["error"] == "invalid_grant"
    assert proven(identity, wall, first["refresh_token"], key).json()["token_type"] == "DPoP"


def test_no_step_up_elsewhere_raises_what_a_client_has(
    identity: Identity, bound_identity: BoundService, system: RelyingParty
) -> None:
    """The level and the time are those of the sign-in that the system was opened with (OpenID Connect Core 12.2)."""
    identity.execute("UPDATE client SET required_level = 1 WHERE client_id = 'oa'")
    page, attempt = identity.browser(), Attempt()
    asked = system.authorize_path(attempt, scope="openid offline_access")
    first = answer_of(page.get(asked))["continue"]
    given = identity.give_password(page, "water01", first).headers["location"]
    tokens = system.redeem(answer_of(page.get(given))["code"], attempt).json()
    before = system.read(tokens["id_token"])
    assert (before["acr"], before["amr"]) == ("1", ["pwd"])
    second = page.get(page.get("/account").headers["location"]).headers["location"]
    assert identity.give_code(page, "water01", second).status_code == 303
    assert page.get("/account").status_code == 200
    answer = refreshed(system, tokens["refresh_token"]).json()
    for token in (answer["id_token"], answer["access_token"]):
        claims = system.read(token)
        assert (claims["acr"], claims["amr"], claims["auth_time"]) == ("1", ["pwd"], before["auth_time"])
    identity.execute("UPDATE client SET required_level = 2 WHERE client_id = 'oa'")
