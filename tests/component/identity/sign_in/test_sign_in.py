"""A person signs in once and opens systems: the whole code flow, as a stranger's relying party sees it."""

import httpx
import pytest

from tests.support.identity.parties import Attempt, Identity, answer_of


def test_discovery_names_what_is_served(identity: Identity) -> None:
    metadata = httpx.get(f"{identity.url}/.well-known/openid-configuration").json()
    assert metadata["issuer"] == identity.url
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "end_session_endpoint"):
        assert metadata[name].startswith(identity.url)
    for name, address in metadata.items():
        if name.endswith("_endpoint"):
            assert httpx.post(address).status_code != 404, name
    assert metadata == httpx.get(f"{identity.url}/.well-known/oauth-authorization-server").json()
    key = httpx.get(metadata["jwks_uri"]).json()["keys"][0]
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("EC", "P-256", "ES256", "sig")
    assert "d" not in key


def test_first_system_asks_for_a_password_and_the_second_does_not(identity: Identity) -> None:
    page, attempt, workflow = identity.browser(), Attempt(), identity.platform("workflow")
    needed = page.get(workflow.authorize_path(attempt))
    assert needed.status_code == 303
    assert needed.headers["location"].startswith("/sign-in?")
    continuation = answer_of(needed)["continue"]
    signed_in = identity.sign_in(page, "water01", continuation)
    assert signed_in.status_code == 303
    back = page.get(signed_in.headers["location"])
    answer = answer_of(back)
    assert back.headers["location"].startswith(workflow.redirect_uri)
    tokens = workflow.redeem(answer["code"], attempt).json()
    assert tokens["token_type"] == "Bearer"
    for other in ("alerts", "e-license"):
        identity.tokens(page, identity.platform(other))
    identity.tokens(page, identity.district("oa"))


def test_tokens_say_who_for_whom_and_for_how_long(identity: Identity) -> None:
    page, attempt, party = identity.signed_in("amr01"), Attempt(), identity.platform("e-license")
    tokens = party.redeem(identity.code(page, party, attempt), attempt).json()
    access, own = party.read(tokens["access_token"]), party.read(tokens["id_token"])
    assert access["aud"] == "e-license"
    assert access["exp"] - access["iat"] <= 600
    assert access["roles"] == ["issuer", "verifier"]
    assert access["org"] == "amr"
    assert set(access["posts"]) == {"officer", "duty-officer", "licence-officer"}
    assert "name" not in access
    assert own["nonce"] == attempt.nonce
    assert (own["sid"], own["sub"]) == (access["sid"], access["sub"])
    assert own["acr"] == "2"
    assert own["amr"] == ["pwd", "otp"]
    assert own["name"]
    userinfo = httpx.get(f"{identity.url}/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert userinfo.json()["sub"] == own["sub"]


def test_a_person_of_the_public_acts_for_a_company(identity: Identity) -> None:
    page = identity.signed_in("+8613800000001")
    access = identity.platform("e-license").read(identity.tokens(page, identity.platform("e-license"))["access_token"])
    assert access["realm"] == "public"
    assert access["act_for"] == ["440310199003070015", "91440310TEXT10001K"]
    assert access["roles"] == []
    assert "org" not in access


def test_realms_have_separate_sessions(identity: Identity) -> None:
    page = identity.signed_in("+8613800000002")
    needed = page.get(identity.platform("alerts").authorize_path(Attempt()))
    assert needed.headers["location"].startswith("/sign-in?")
    assert identity.sign_in(page, "hall01").status_code == 303
    answer = answer_of(page.get(identity.platform("e-license").authorize_path(Attempt(), realm="public")))
    assert "code" in answer


def test_a_system_that_is_not_open_to_the_post_is_refused_and_recorded(identity: Identity) -> None:
    page = identity.signed_in("veterans01")
    answer = answer_of(page.get(identity.district("finance").authorize_path(Attempt())))
    assert answer["error"] == "access_denied"
    assert "未能进入系统" in page.get("/sign-in-record").text


def test_an_agency_calls_with_a_token_of_its_own(identity: Identity) -> None:
    machine = identity.machine("amr-system")
    response = machine.token({"grant_type": "client_credentials", "audience": "e-license"})
    claims = machine.read(response.json()["access_token"])
    assert claims["sub"] == claims["client_id"] == "amr-system"
    assert claims["roles"] == ["issuer", "verifier"]
    assert claims["org"] == "amr"
    own = machine.token({"grant_type": "client_credentials", "audience": "identity"}).json()["access_token"]
    listed = httpx.get(f"{identity.url}/v1/organisations?page_size=200", headers={"Authorization": f"Bearer {own}"})
    assert len(listed.json()["organisations"]) == 30


@pytest.mark.parametrize("prompt", ["login", "select_account"])
def test_prompt_and_max_age_ask_again(identity: Identity, prompt: str) -> None:
    page, party = identity.signed_in("water01"), identity.district("oa")
    asked = page.get(party.authorize_path(Attempt(), prompt=prompt))
    assert asked.headers["location"].startswith("/sign-in?")
    assert "prompt" not in answer_of(asked)["continue"]
    assert page.get(party.authorize_path(Attempt(), max_age="0")).headers["location"].startswith("/sign-in?")
    assert (
        answer_of(identity.browser().get(party.authorize_path(Attempt(), prompt="none")))["error"] == "login_required"
    )
