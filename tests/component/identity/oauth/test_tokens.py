"""What clients redeem, and ask about: refresh tokens, introspection, revocation, devices, exchange, proofs of a key."""

import asyncio
import re
from typing import Any

import httpx
import pytest

from tests.support.identity.dpop import DpopKey
from tests.support.identity.own_clients import add_client
from tests.support.identity.parties import Attempt, Browser, Identity, RelyingParty, csrf_of
from tests.support.platform import BoundService

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
async def app(identity: Identity, bound_identity: BoundService) -> RelyingParty:
    """Keeps no secret, so its refresh tokens are good once."""
    assert identity.url
    grants, scopes = ["authorization_code", "refresh_token"], ["openid", "profile", "offline_access"]
    return await add_client(bound_identity, "app", auth_method="none", grant_types=grants, scopes=scopes)


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


def test_a_refresh_token_is_good_once_and_gives_the_next(identity: Identity, page: Browser, app: RelyingParty) -> None:
    party = app
    first = signed_in(identity, page, party)
    second = refreshed(party, first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    before, after = party.read(first["access_token"]), party.read(second["access_token"])
    assert (before["sub"], before["sid"], before["grant"]) == (after["sub"], after["sid"], after["grant"])
    assert before["jti"] != after["jti"]
    third = refreshed(party, second["refresh_token"], scope="openid").json()
    assert third["scope"] == "openid"
    assert party.read(third["access_token"])["scope"] == "openid"


def test_a_lost_answer_comes_again_to_the_letter(identity: Identity, page: Browser, app: RelyingParty) -> None:
    first = signed_in(identity, page, app)
    answers = [refreshed(app, first["refresh_token"]).json() for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]


async def test_two_refreshes_at_once_are_one(identity: Identity, page: Browser, app: RelyingParty) -> None:
    first = signed_in(identity, page, app)

    async def refresh() -> str:
        answer = await asyncio.to_thread(refreshed, app, first["refresh_token"])
        return str(answer.json()["refresh_token"])

    assert len(set(await asyncio.gather(*(refresh() for _ in range(5))))) == 1
    rows = identity.execute(
        "SELECT count(*) AS n FROM refresh_token WHERE grant_id = $1::uuid", app.read(first["access_token"])["grant"]
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


def test_a_machines_token_is_dead_once_its_client_is_switched_off(identity: Identity) -> None:
    form = {"grant_type": "client_credentials", "audience": "e-license"}
    token, service = identity.machine().token(form).json()["access_token"], identity.platform("e-license")
    assert introspected(service, token)["active"] is True
    identity.execute("UPDATE client SET disabled_at = now() WHERE client_id = 'amr-system'")
    assert introspected(service, token) == {"active": False}
    identity.execute("UPDATE client SET disabled_at = NULL WHERE client_id = 'amr-system'")


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
    answers = [page.get(f"/device?user_code=BCDF-GH{letter}K") for letter in "BCDFGHJKL"]
    assert [answer.status_code for answer in answers[:5]] == [404] * 5
    told_to_wait = [answer.text for answer in answers if answer.status_code == 429]
    assert told_to_wait
    assert all(re.search(r"\d+ 秒后再试", text) for text in told_to_wait)


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


def test_userinfo_takes_tokens_for_itself_only(identity: Identity, page: Browser, party: RelyingParty) -> None:
    """RFC 9068 section 4."""

    def userinfo(tokens: dict[str, Any]) -> httpx.Response:
        return httpx.get(f"{identity.url}/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"})

    own = signed_in(identity, page, party)
    assert userinfo(own).json()["name"]
    assert userinfo(signed_in(identity, page, party, audience="identity")).status_code == 200
    form = {"grant_type": EXCHANGE, "subject_token": own["access_token"], "subject_token_type": ACCESS_TOKEN}
    for foreign in (
        signed_in(identity, page, party, audience="e-license"),
        refreshed(party, own["refresh_token"], audience="e-license").json(),
        party.token(form | {"audience": "e-license"}).json(),
    ):
        refused = userinfo(foreign)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
        assert 'error="invalid_token"' in refused.headers["www-authenticate"]
        assert introspected(party, foreign["access_token"])["active"] is True, "its own client may ask about it"


def test_userinfo_tells_what_a_narrowed_token_may_read(identity: Identity, page: Browser, party: RelyingParty) -> None:
    """RFC 6749 section 6, RFC 6750 section 3.1."""
    own, address = signed_in(identity, page, party), f"{identity.url}/userinfo"
    narrow = refreshed(party, own["refresh_token"], scope="openid").json()["access_token"]
    assert httpx.get(address, headers={"Authorization": f"Bearer {narrow}"}).json().keys() == {"sub"}
    without = refreshed(party, own["refresh_token"], scope="profile").json()["access_token"]
    refused = httpx.get(address, headers={"Authorization": f"Bearer {without}"})
    assert (refused.status_code, refused.json()["error"]) == (403, "insufficient_scope")
    assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]


def test_a_client_has_no_scopes_of_its_own(party: RelyingParty) -> None:
    """RFC 6749 section 3.3."""
    for scope in ("openid", "profile", "everything"):
        assert party.token({"grant_type": "client_credentials", "scope": scope}).json()["error"] == "invalid_scope"
    for scope in (None, ""):
        answer = party.token({"grant_type": "client_credentials", "scope": scope})
        assert answer.status_code == 200
        assert "scope" not in answer.json()


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
    assert httpx.get(userinfo, headers=proven).status_code == 401, "a proof counts once"


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
