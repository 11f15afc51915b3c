"""What clients redeem, and ask about: refresh tokens, introspection, revocation, devices, exchange, proofs of a key."""

import asyncio
import re
from typing import Any

import httpx
import pytest

from tests.support.identity.dpop import DpopKey
from tests.support.identity.parties import Attempt, Browser, Identity, RelyingParty, csrf_of

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"


@pytest.fixture(scope="module")
def party(identity: Identity) -> RelyingParty:
    """A system that is registered for everything."""
    identity.execute(
        "UPDATE client SET grant_types = $1, scopes = $2, audiences = $3 WHERE client_id = 'oa'",
        ["authorization_code", "refresh_token", "client_credentials", DEVICE, EXCHANGE],
        ["openid", "profile", "offline_access"],
        ["identity", "e-license"],
    )
    return identity.district("oa")


@pytest.fixture(scope="module")
def page(identity: Identity) -> Browser:
    return identity.signed_in("water01")


def signed_in(identity: Identity, page: Browser, party: RelyingParty, **extra: str) -> dict[str, Any]:
    attempt = Attempt()
    code = identity.code(page, party, attempt, scope="openid profile offline_access")
    answer = party.token(party.code_form(code, attempt) | extra)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def refreshed(party: RelyingParty, token: str, **extra: str) -> httpx.Response:
    return party.token({"grant_type": "refresh_token", "refresh_token": token} | extra)


def introspected(party: RelyingParty, token: str) -> dict[str, Any]:
    return dict(party.token({"token": token}, "/introspect").json())


def test_a_refresh_token_is_good_once_and_gives_the_next(
    identity: Identity, page: Browser, party: RelyingParty
) -> None:
    first = signed_in(identity, page, party)
    second = refreshed(party, first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    before, after = party.read(first["access_token"]), party.read(second["access_token"])
    assert (before["sub"], before["sid"], before["grant"]) == (after["sub"], after["sid"], after["grant"])
    assert before["jti"] != after["jti"]
    third = refreshed(party, second["refresh_token"], scope="openid").json()
    assert third["scope"] == "openid"
    assert party.read(third["access_token"])["scope"] == "openid"


def test_a_lost_answer_comes_again_to_the_letter(identity: Identity, page: Browser, party: RelyingParty) -> None:
    first = signed_in(identity, page, party)
    answers = [refreshed(party, first["refresh_token"]).json() for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]


async def test_two_refreshes_at_once_are_one(identity: Identity, page: Browser, party: RelyingParty) -> None:
    first = signed_in(identity, page, party)

    async def refresh() -> str:
        answer = await asyncio.to_thread(refreshed, party, first["refresh_token"])
        return str(answer.json()["refresh_token"])

    assert len(set(await asyncio.gather(*(refresh() for _ in range(5))))) == 1
    rows = identity.execute(
        "SELECT count(*) AS n FROM refresh_token WHERE grant_id = $1::uuid", party.read(first["access_token"])["grant"]
    )
    assert rows[0]["n"] == 2


def test_a_refresh_token_dies_with_the_session(identity: Identity, party: RelyingParty) -> None:
    page = identity.signed_in("amr01")
    tokens = signed_in(identity, page, party)
    shown = page.get("/sign-out")
    page.post("/sign-out", data={"csrf_token": csrf_of(shown)})
    assert refreshed(party, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert introspected(party, tokens["refresh_token"]) == {"active": False}


def test_without_the_scope_there_is_no_refresh_token(identity: Identity, page: Browser, party: RelyingParty) -> None:
    attempt = Attempt()
    code = identity.code(page, party, attempt)
    assert "refresh_token" not in party.token(party.code_form(code, attempt)).json()


def test_introspection_says_what_the_token_says(identity: Identity, page: Browser, party: RelyingParty) -> None:
    tokens = signed_in(identity, page, party)
    answer = introspected(party, tokens["access_token"])
    claims = party.read(tokens["access_token"])
    assert answer["active"] is True
    assert all(answer[name] == claims[name] for name in ("sub", "sid", "aud", "exp", "client_id", "scope"))
    assert introspected(party, tokens["refresh_token"])["active"] is True
    stranger = identity.district("credit")
    assert introspected(stranger, tokens["access_token"]) == {"active": False}
    assert introspected(stranger, tokens["refresh_token"]) == {"active": False}
    assert introspected(party, "nonsense") == {"active": False}


@pytest.mark.parametrize("kind", ["refresh_token", "access_token"])
def test_a_token_that_is_given_back_ends_its_grant(
    identity: Identity, page: Browser, party: RelyingParty, kind: str
) -> None:
    tokens = signed_in(identity, page, party)
    assert identity.district("credit").token({"token": tokens[kind]}, "/revoke").status_code == 200
    assert introspected(party, tokens["access_token"])["active"] is True, "another client's word ends nothing"
    assert party.token({"token": tokens[kind], "token_type_hint": kind}, "/revoke").status_code == 200
    assert introspected(party, tokens["access_token"]) == {"active": False}
    assert introspected(party, tokens["refresh_token"]) == {"active": False}
    header = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert httpx.get(f"{identity.url}/userinfo", headers=header).status_code == 401
    assert party.token({"token": "nonsense"}, "/revoke").status_code == 200
    assert page.get("/account").status_code == 200, "the person stays signed in"


def test_a_clients_own_token_can_be_given_back(identity: Identity, party: RelyingParty) -> None:
    token = party.token({"grant_type": "client_credentials"}).json()["access_token"]
    assert introspected(party, token)["active"] is True
    party.token({"token": token}, "/revoke")
    assert introspected(party, token) == {"active": False}


def test_a_device_signs_in_beside_a_telephone(identity: Identity, page: Browser, party: RelyingParty) -> None:
    begun = party.token({"scope": "openid profile"}, "/device_authorization").json()
    assert begun["verification_uri"] == f"{identity.url}/device"
    poll = {"grant_type": DEVICE, "device_code": begun["device_code"]}
    assert party.token(poll).json()["error"] == "authorization_pending"
    assert party.token(poll).json()["error"] == "slow_down"
    shown = page.get(f"/device?user_code={begun['user_code'].lower().replace('-', ' ')}")
    assert begun["user_code"] in shown.text
    assert identity.execute("SELECT name_zh FROM client WHERE client_id = 'oa'")[0]["name_zh"] in shown.text
    form = {"csrf_token": csrf_of(shown), "user_code": begun["user_code"], "decision": "allow"}
    assert page.post("/device/decide", data=form).headers["location"] == "/device/done?allowed=true"
    identity.execute("UPDATE device_authorization SET polled_at = NULL")
    tokens = party.token(poll).json()
    assert party.read(tokens["access_token"])["acr"] == "2"
    assert party.token(poll).json()["error"] == "expired_token", "a device code is good once"
    again = page.post("/device/decide", data=form)
    assert again.status_code == 404


def test_a_person_refuses_a_device(identity: Identity, page: Browser, party: RelyingParty) -> None:
    begun = party.token({"scope": "openid"}, "/device_authorization").json()
    shown = page.get(f"/device?user_code={begun['user_code']}")
    form = {"csrf_token": csrf_of(shown), "user_code": begun["user_code"], "decision": "deny"}
    page.post("/device/decide", data=form)
    poll = {"grant_type": DEVICE, "device_code": begun["device_code"]}
    assert party.token(poll).json()["error"] == "access_denied"


def test_wrong_user_codes_are_slowed_down(identity: Identity, party: RelyingParty) -> None:
    page = identity.signed_in("culture01")
    statuses = [page.get(f"/device?user_code=BCDF-GH{letter}K").status_code for letter in "BCDFGHJKL"]
    assert statuses[:5] == [404] * 5
    assert 429 in statuses
    assert re.search(r"\d+ 秒后再试", page.get("/device?user_code=BCDF-GHJK").text)


def test_an_access_token_is_exchanged_for_another_audience(
    identity: Identity, page: Browser, party: RelyingParty
) -> None:
    tokens = signed_in(identity, page, party)
    form = {"grant_type": EXCHANGE, "subject_token": tokens["access_token"], "subject_token_type": ACCESS_TOKEN}
    answer = party.token(form | {"audience": "e-license", "scope": "openid"}).json()
    assert answer["issued_token_type"] == ACCESS_TOKEN
    before, after = party.read(tokens["access_token"]), party.read(answer["access_token"])
    assert after["aud"] == "e-license"
    assert after["act"] == {"sub": "oa"}
    assert "verifier" in after["roles"], "the roles are those of the new audience"
    assert "verifier" not in before["roles"]
    assert (before["sub"], before["sid"], before["grant"]) == (after["sub"], after["sid"], after["grant"])
    assert after["exp"] <= before["exp"]
    assert party.token(form | {"audience": "alerts"}).json()["error"] == "invalid_target"
    foreign = answer["access_token"]
    assert party.token(form | {"subject_token": foreign, "audience": "identity"}).json()["error"] == "invalid_request"


def test_tokens_are_bound_to_a_key(identity: Identity, page: Browser, party: RelyingParty) -> None:
    key, attempt, url = DpopKey(), Attempt(), f"{identity.url}/token"
    code = identity.code(page, party, attempt, scope="openid offline_access", dpop_jkt=key.jkt)
    form = party.code_form(code, attempt)
    refused = party.token(form, headers={"DPoP": DpopKey().proof("POST", url)})
    assert refused.json()["error"] == "invalid_grant"
    answer = party.token(form, headers={"DPoP": key.proof("POST", url)}).json()
    assert answer["token_type"] == "DPoP"
    token = answer["access_token"]
    assert party.read(token)["cnf"] == {"jkt": key.jkt}
    userinfo = f"{identity.url}/userinfo"
    assert httpx.get(userinfo, headers={"Authorization": f"Bearer {token}"}).status_code == 401
    proven = {"Authorization": f"DPoP {token}", "DPoP": key.proof("GET", userinfo, token=token)}
    assert httpx.get(userinfo, headers=proven).status_code == 200
    assert httpx.get(userinfo, headers=proven).status_code == 400, "a proof counts once"


def test_our_own_rest_takes_bound_tokens_with_their_proof_only(
    identity: Identity, page: Browser, party: RelyingParty
) -> None:
    key, address = DpopKey(), f"{identity.url}/v1/me"
    proof = key.proof("POST", f"{identity.url}/token")
    attempt = Attempt()
    form = party.code_form(identity.code(page, party, attempt), attempt) | {"audience": "identity"}
    token = party.token(form, headers={"DPoP": proof}).json()["access_token"]
    assert httpx.get(address, headers={"Authorization": f"Bearer {token}"}).status_code == 401
    proven = {"Authorization": f"DPoP {token}", "DPoP": key.proof("GET", address, token=token)}
    assert httpx.get(address, headers=proven).status_code == 200
    assert httpx.get(address, headers=proven).status_code == 401, "a proof counts once"
    other = {"Authorization": f"DPoP {token}", "DPoP": DpopKey().proof("GET", address, token=token)}
    assert httpx.get(address, headers=other).status_code == 401
    plain = identity.machine().token({"grant_type": "client_credentials", "audience": "identity"}).json()
    organisations = f"{identity.url}/v1/organisations"
    unbound = {"Authorization": f"DPoP {plain['access_token']}",
               "DPoP": key.proof("GET", organisations, token=plain["access_token"])}  # fmt: skip
    assert httpx.get(organisations, headers=unbound).status_code == 401
