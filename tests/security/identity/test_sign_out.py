"""Signing out: nobody is signed out by a stranger, and nobody is led astray."""

import re
from collections.abc import Callable
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


def refused(answer: httpx.Response, code: str) -> None:
    """An error page that says what was wrong and how to sign out all the same; nothing has ended."""
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert code in answer.text
    assert 'href="/sign-out"' in answer.text


@pytest.mark.parametrize(
    "change",
    [
        lambda _: "https://attacker.example/",
        lambda _: "http://localhost:1/",
        lambda _: "//attacker.example",
        lambda _: "/account",
        lambda uri: f"{uri}?foo=bar",
        lambda uri: f"{uri}/",
    ],
)
def test_an_unregistered_address_is_an_error_and_ends_nothing(
    identity: Identity, page: Browser, change: Callable[[str], str]
) -> None:
    """RP-Initiated Logout section 3, by simple string comparison."""
    id_token = identity.tokens(page, identity.district("oa"))["id_token"]
    uri = change(f"{identity.simulators}/systems/oa/signed-out")
    for named in ({"id_token_hint": id_token}, {"client_id": "oa"}, {"id_token_hint": id_token, "client_id": "oa"}):
        form = {"post_logout_redirect_uri": uri, "state": "s1"} | named
        refused(page.get(f"/end-session?{urlencode(form)}"), "IDENTITY_POST_LOGOUT_REDIRECT_URI_MISMATCH")
        posted = httpx.post(f"{identity.url}/end-session", data=form, headers={"Accept": "text/html"})
        refused(posted, "IDENTITY_POST_LOGOUT_REDIRECT_URI_MISMATCH")
        assert is_signed_in(page)


def test_an_address_of_nobody_is_not_followed(identity: Identity, page: Browser) -> None:
    """Whoever asks without an ID token and without a name is not known to have registered it: the person is asked."""
    back = f"{identity.simulators}/systems/oa/signed-out"
    for named in ({}, {"client_id": "nobody"}):
        asked = page.get(f"/end-session?{urlencode({'post_logout_redirect_uri': back, 'state': 's'} | named)}")
        done = page.post(asked.headers["location"], data={"csrf_token": csrf_of(page.get(asked.headers["location"]))})
        assert done.headers["location"].startswith("/signed-out?sign-out=")
        identity.sign_in(page, "education01")


def test_a_request_that_cannot_be_read_is_an_error_page(page: Browser) -> None:
    for query in ("state=a&state=b", f"state={'x' * 2049}", "&".join(["a=1"] * 60)):
        refused(page.get(f"/end-session?{query}"), "IDENTITY_SIGN_OUT_REQUEST_INVALID")
    assert is_signed_in(page)


def test_state_alone_is_a_question(page: Browser) -> None:
    asked = page.get("/end-session?state=s1")
    assert "退出登录？" in page.get(asked.headers["location"]).text
    assert is_signed_in(page)


@pytest.mark.parametrize("asked", ["", "garbage", "AAAA" * 20, "\u00e9", "gA=="])
def test_nobody_makes_a_way_back_up(identity: Identity, page: Browser, asked: str) -> None:
    """What the question leads to is sealed: parameters beside it count for nothing."""
    back = f"{identity.simulators}/systems/oa/signed-out"
    path = f"/sign-out?{urlencode({'asked': asked, 'client_id': 'oa', 'post_logout_redirect_uri': back})}"
    assert "退出后会回到" not in page.get(path).text
    done = page.post(path, data={"csrf_token": csrf_of(page.get(path))})
    assert done.headers["location"].startswith("/signed-out?sign-out=")


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
    for more in ({"post_logout_redirect_uri": back}, {}):
        form = {"id_token_hint": id_token, "client_id": "mail"} | more
        refused(page.get(f"/end-session?{urlencode(form)}"), "IDENTITY_SIGN_OUT_CLIENT_MISMATCH")
        assert is_signed_in(page)


def test_an_expired_id_token_still_counts(identity: Identity, page: Browser) -> None:
    """RP-Initiated Logout section 2; and of another session of the person the question is asked, and led back from."""
    other = identity.signed_in("education01")
    back = f"{identity.simulators}/systems/oa/signed-out"
    form = {
        "id_token_hint": identity.tokens(other, identity.district("oa"))["id_token"],
        "post_logout_redirect_uri": back,
        "state": "s 3&",
    }
    asked = page.get(f"/end-session?{urlencode(form)}").headers["location"]
    assert asked.startswith("/sign-out?asked=")
    assert "s+3" not in asked
    shown = page.get(asked)
    assert "退出后会回到" in shown.text
    assert identity.simulators in shown.headers["content-security-policy"]
    done = page.post(asked, data={"csrf_token": csrf_of(shown)})
    assert done.headers["location"] == f"{back}?state=s+3%26"
    assert not is_signed_in(page)
    assert is_signed_in(other)


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
    assert dict(parse_qsl(urlsplit(further).query)).keys() == {"asked"}, "what was posted stays out of addresses"
    assert "退出登录？" in page.get(further).text
    assert is_signed_in(page)
    done = page.post(further, data={"csrf_token": csrf_of(page.get(further))})
    assert done.headers["location"] == f"{back}?state=s2"
    assert not is_signed_in(page)
    assert identity.browser().get(further).headers["location"].endswith("?state=s2"), "nobody is asked for nothing"


@pytest.mark.parametrize("proven", [True, False])
def test_both_ways_lead_to_the_board(identity: Identity, page: Browser, proven: bool) -> None:
    id_token = identity.tokens(page, identity.district("oa"))["id_token"]
    done = page.get(f"/end-session?{urlencode({'id_token_hint': id_token} if proven else {'state': 's'})}")
    if not proven:
        further = done.headers["location"]
        done = page.post(further, data={"csrf_token": csrf_of(page.get(further))})
    shown = page.get(done.headers["location"])
    board = re.findall(r'href="(/sign-outs/[^"]+)"', shown.text)[0]
    assert "退出进度" in page.get(board).text


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
