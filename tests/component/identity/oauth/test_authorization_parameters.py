"""Parameters of authorization requests that are honoured (OpenID Connect Core sections 3.1.2.1 and 5.5)."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.support.identity.own_clients import add_client
from tests.support.identity.parties import Attempt, Browser, Identity, RelyingParty, answer_of
from tests.support.platform import BoundService


@pytest.fixture(scope="module")
async def party(identity: Identity, bound_identity: BoundService) -> RelyingParty:
    assert identity.url
    return await add_client(bound_identity, "curious", scopes=["openid", "profile", "phone"])


@pytest.fixture(scope="module")
def page(identity: Identity) -> Browser:
    return identity.signed_in("water01")


def told(identity: Identity, page: Browser, party: RelyingParty, **changed: str | None) -> tuple[dict[str, Any], ...]:
    """Claims of the ID token and of userinfo."""
    attempt = Attempt()
    tokens = party.redeem(identity.code(page, party, attempt, **changed), attempt).json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    return party.read(tokens["id_token"]), httpx.get(f"{identity.url}/userinfo", headers=bearer).json()


def test_scopes_say_what_is_told(identity: Identity, page: Browser, party: RelyingParty) -> None:
    own, more = told(identity, page, party, scope="openid")
    assert own.keys().isdisjoint({"name", "posts", "phone_number"})
    assert more.keys() == {"sub"}
    own, more = told(identity, page, party, scope="openid profile phone unheard-of")
    assert own["name"] == more["name"]
    assert "phone_number" not in own
    assert more["phone_number"].startswith("+86")


def test_single_claims_are_told_where_they_were_asked_for(
    identity: Identity, page: Browser, party: RelyingParty
) -> None:
    claims = {"userinfo": {"name": {"essential": True}, "shoe_size": None}, "id_token": {"phone_number": None}}
    own, more = told(identity, page, party, scope="openid", claims=json.dumps(claims))
    assert own["phone_number"].startswith("+86")
    assert "name" not in own
    assert more.keys() == {"sub", "name"}


def test_nothing_beyond_the_registered_scopes_is_told(identity: Identity, page: Browser) -> None:
    claims = json.dumps({"userinfo": {"phone_number": None}, "id_token": {"phone_number": None}})
    own, more = told(identity, page, identity.district("oa"), scope="openid profile phone", claims=claims)
    assert "phone_number" not in own | more


def test_an_id_token_hint_names_the_person(identity: Identity, page: Browser, party: RelyingParty) -> None:
    mine = identity.tokens(page, party)["id_token"]
    other = identity.tokens(identity.signed_in("fire01"), party)["id_token"]
    assert "code" in answer_of(page.get(party.authorize_path(Attempt(), prompt="none", id_token_hint=mine)))
    sent = answer_of(page.get(party.authorize_path(Attempt(), prompt="none", id_token_hint=other)))
    assert sent["error"] == "login_required"
    me = json.dumps({"id_token": {"sub": {"value": party.read(mine)["sub"]}}})
    assert "code" in answer_of(page.get(party.authorize_path(Attempt(), prompt="none", claims=me)))
    somebody = json.dumps({"id_token": {"sub": {"value": party.read(other)["sub"]}}})
    sent = answer_of(page.get(party.authorize_path(Attempt(), claims=somebody)))
    assert sent["error"] == "login_required"


def test_only_id_tokens_of_ours_are_hints(identity: Identity, page: Browser, party: RelyingParty) -> None:
    access = identity.tokens(page, party)["access_token"]
    for hint in (access, "made.up.hint"):
        sent = answer_of(page.get(party.authorize_path(Attempt(), id_token_hint=hint)))
        assert sent["error"] == "invalid_request"


@pytest.mark.parametrize("changed", [{"max_age": "0"}, {"prompt": "login"}, {"prompt": "select_account"}])
def test_a_new_sign_in_is_asked_for_once(identity: Identity, party: RelyingParty, changed: dict[str, str]) -> None:
    page, attempt = identity.signed_in("hr01"), Attempt()
    needed = page.get(party.authorize_path(attempt, **changed))
    assert urlsplit(needed.headers["location"]).path == "/sign-in"
    signed_in = identity.sign_in(page, "hr01", answer_of(needed)["continue"])
    answer = answer_of(page.get(signed_in.headers["location"]))
    claims = party.read(party.redeem(answer["code"], attempt).json()["id_token"])
    assert claims["iat"] - claims["auth_time"] <= 60


def test_a_login_hint_is_filled_in(identity: Identity, party: RelyingParty) -> None:
    page = identity.browser()
    needed = page.get(party.authorize_path(Attempt(), login_hint="fire01"))
    assert 'value="fire01"' in page.get(needed.headers["location"]).text


@pytest.mark.parametrize(
    ("ui_locales", "language"), [("en", "en"), ("fr en-GB zh", "en"), ("zh-CN en", "zh-Hans"), ("fr", "zh-Hans")]
)
def test_the_first_language_that_we_speak(
    identity: Identity, party: RelyingParty, ui_locales: str, language: str
) -> None:
    needed = identity.browser().get(party.authorize_path(Attempt(), ui_locales=ui_locales))
    assert parse_qs(urlsplit(needed.headers["location"]).query)["language"] == [language]


def test_an_asked_for_level_raises_the_sign_in(identity: Identity, party: RelyingParty) -> None:
    page = identity.browser()
    answer = identity.give_password(page, "urban01", party.authorize_path(Attempt()))
    claims = party.read(_redeemed(page, party, answer.headers["location"]))
    assert claims["acr"] == "1"
    essential = json.dumps({"id_token": {"acr": {"essential": True, "values": ["2", "3"]}}})
    for changed in ({"acr_values": "2"}, {"claims": essential}):
        sent = answer_of(page.get(party.authorize_path(Attempt(), prompt="none", **changed)))
        assert sent["error"] == "login_required"
        needed = page.get(party.authorize_path(Attempt(), **changed))
        assert needed.headers["location"].startswith("/sign-in/")


def _redeemed(page: Browser, party: RelyingParty, address: str) -> str:
    attempt = Attempt()
    code = answer_of(page.get(address))["code"]
    assert code
    again = answer_of(page.get(party.authorize_path(attempt)))["code"]
    return str(party.redeem(again, attempt).json()["id_token"])


async def test_an_essential_level_that_the_public_never_has(identity: Identity, bound_identity: BoundService) -> None:
    party = await add_client(bound_identity, "public-too", realms=["public"])
    page = identity.signed_in("+8613800000003")
    essential = json.dumps({"id_token": {"acr": {"essential": True, "value": "2"}}})
    sent = answer_of(page.get(party.authorize_path(Attempt(), claims=essential)))
    assert sent["error"] == "unmet_authentication_requirements"
    assert "code" in answer_of(page.get(party.authorize_path(Attempt(), acr_values="2")))


def test_parameters_that_nobody_reads_are_ignored_and_not_kept(identity: Identity) -> None:
    """Whoever knows the id of an app may push in its name, without any proof."""
    answer = identity.district("oa").push(Attempt(), junk="x" * 60_000, **{f"more{n}": "y" * 1_000 for n in range(30)})
    assert answer.status_code == 201, answer.text
    [largest] = identity.execute("SELECT max(octet_length(parameters_encrypted)) AS octets FROM pushed_request")
    assert largest["octets"] < 2_000
