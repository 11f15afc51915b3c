"""Signing out: nobody is signed out by a stranger, and nobody is led astray."""

from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.support.identity.parties import Browser, Identity, csrf_of


@pytest.fixture
def page(identity: Identity) -> Browser:
    return identity.signed_in("education01")


def is_signed_in(page: Browser) -> bool:
    return page.get("/account").status_code == 200


def test_without_proof_the_person_is_asked(identity: Identity, page: Browser) -> None:
    asked = page.get("/end-session")
    assert asked.headers["location"].startswith("/sign-out")
    shown = page.get(asked.headers["location"])
    assert "退出登录？" in shown.text
    assert is_signed_in(page)
    done = page.post("/sign-out", data={"csrf_token": csrf_of(shown)})
    assert done.headers["location"].startswith("/signed-out?sign-out=")
    assert not is_signed_in(page)


def test_an_id_token_of_the_session_is_proof(identity: Identity, page: Browser) -> None:
    party = identity.district("oa")
    id_token = identity.tokens(page, party)["id_token"]
    back = f"{identity.simulators}/systems/oa/signed-out"
    form = {"id_token_hint": id_token, "post_logout_redirect_uri": back, "state": "s1"}
    done = httpx.post(f"{identity.url}/end-session", data=form)
    assert done.headers["location"] == f"{back}?state=s1"
    assert not is_signed_in(page)
    again = httpx.post(f"{identity.url}/end-session", data=form).headers["location"]
    assert page.get(again).headers["location"] == f"{back}?state=s1"


@pytest.mark.parametrize("uri", ["https://attacker.example/", "http://localhost:1/", "//attacker.example", "/account"])
def test_an_unregistered_address_is_not_followed(identity: Identity, page: Browser, uri: str) -> None:
    id_token = identity.tokens(page, identity.district("oa"))["id_token"]
    query = urlencode({"id_token_hint": id_token, "post_logout_redirect_uri": uri})
    assert page.get(f"/end-session?{query}").headers["location"].startswith("/signed-out?sign-out=")
    asked = page.get(f"/sign-out?{urlencode({'client_id': 'oa', 'post_logout_redirect_uri': uri})}")
    assert asked.headers["location"] == "/signed-out"


def test_a_forged_hint_ends_nothing(identity: Identity, page: Browser) -> None:
    party = identity.district("oa")
    tokens = identity.tokens(page, party)
    claims = party.read(tokens["id_token"])
    forged = jwt.encode({"alg": "ES256", "typ": "JWT"}, claims, ECKey.generate_key("P-256"))
    for hint in (forged, tokens["access_token"], tokens["id_token"][:-6] + "AAAAAA", "garbage"):
        httpx.post(f"{identity.url}/end-session", data={"id_token_hint": hint})
        assert is_signed_in(page)


def test_a_hint_of_one_client_does_not_lead_to_another(identity: Identity, page: Browser) -> None:
    id_token = identity.tokens(page, identity.district("oa"))["id_token"]
    back = f"{identity.simulators}/systems/mail/signed-out"
    form = {"id_token_hint": id_token, "client_id": "mail", "post_logout_redirect_uri": back}
    httpx.post(f"{identity.url}/end-session", data=form)
    assert is_signed_in(page)


def test_nobody_ends_the_session_of_another_person(identity: Identity, page: Browser) -> None:
    other = identity.signed_in("urban01")
    victims = identity.district("oa").read(identity.tokens(page, identity.district("oa"))["id_token"])["sid"]
    token = csrf_of(other.get("/account"))
    answer = other.post("/account/sessions/end", data={"csrf_token": token, "session_id": victims})
    assert answer.status_code == 404
    assert is_signed_in(page)


@pytest.mark.parametrize("hint", [None, "garbage", "ended"])
def test_a_cross_site_post_is_never_answered_as_signed_out(identity: Identity, page: Browser, hint: str | None) -> None:
    """The session cookie comes with no foreign POST (SameSite=Lax): the session is looked for again by GET."""
    back = f"{identity.simulators}/systems/oa/signed-out"
    form = {"client_id": "oa", "post_logout_redirect_uri": back, "state": "s2"}
    kept = dict(form)
    if hint == "ended":
        other = identity.signed_in("urban01")
        form["id_token_hint"] = identity.tokens(other, identity.district("oa"))["id_token"]
        other.post("/sign-out", data={"csrf_token": csrf_of(other.get("/sign-out"))})
    elif hint is not None:
        form["id_token_hint"] = hint
    answer = httpx.post(f"{identity.url}/end-session", data=form)
    assert answer.status_code == 303
    further = answer.headers["location"]
    assert urlsplit(further).path == "/sign-out", "asks again where the cookie comes along"
    assert dict(parse_qsl(urlsplit(further).query)) == kept, "the request goes on, the token stays out of addresses"
    assert "退出登录？" in page.get(further).text
    assert is_signed_in(page)
    done = page.post(further, data={"csrf_token": csrf_of(page.get(further))})
    assert done.headers["location"] == f"{back}?state=s2"
    assert not is_signed_in(page)
    assert identity.browser().get(further).headers["location"].endswith("?state=s2"), "nobody is asked for nothing"


def test_the_page_says_signed_out_only_to_who_is(identity: Identity, page: Browser) -> None:
    still = page.get("/signed-out").text
    assert "您还没有退出" in still
    assert "已退出" not in still
    assert "这个浏览器里没有登录" in identity.browser().get("/signed-out").text
    id_token = identity.tokens(page, identity.district("oa"))["id_token"]
    done = page.get(f"/end-session?{urlencode({'id_token_hint': id_token})}")
    shown = page.get(done.headers["location"]).text
    assert "已退出" in shown
    assert "/sign-outs/" in shown, "leads to the board, as the relying party's proof ended the session"
