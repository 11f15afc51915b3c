"""What the authorization endpoint refuses (RFC 6749, RFC 7636, RFC 9700), and whom it never redirects."""

import html
import re
from urllib.parse import unquote_to_bytes, urlsplit

import httpx
import pytest

from tests.support.identity.parties import Attempt, Browser, Identity, RelyingParty, answer_of


@pytest.fixture(scope="module")
def page(identity: Identity) -> Browser:
    return identity.signed_in("water01")


@pytest.fixture(scope="module")
def party(identity: Identity) -> RelyingParty:
    return identity.district("oa")


@pytest.mark.parametrize(
    "change",
    [
        lambda uri: f"{uri}/",
        lambda uri: f"{uri}?next=1",
        lambda uri: f"{uri}#fragment",
        lambda uri: uri.upper(),
        lambda uri: uri.replace("http:", "https:"),
        lambda uri: uri.replace("localhost", "127.0.0.1"),
        lambda uri: uri.replace("/systems/oa/", "/systems/mail/"),
        lambda uri: uri.replace("/systems/oa/", "/systems/x/../oa/"),
        lambda _: "https://attacker.example/callback",
    ],
)
def test_redirect_uri_is_compared_byte_by_byte(page: Browser, party: RelyingParty, change: object) -> None:
    assert callable(change)
    answer = page.get(party.authorize_path(Attempt(), redirect_uri=change(party.redirect_uri)))
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "IDENTITY_REDIRECT_URI_MISMATCH" in answer.text


def said(answer: httpx.Response) -> str:
    """The sentence of an error page."""
    [sentence] = re.findall(r'<div class="notice error".*?</div>', answer.text, re.DOTALL)
    return html.unescape(sentence)


def assert_shown(answer: httpx.Response, code: str) -> None:
    """Refused on a page of ours, with its code and the code of its trace, and led nowhere."""
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert code in answer.text
    assert "trace" in answer.text


def assert_unreadable(answer: httpx.Response) -> None:
    """Refused before any handler, and led nowhere."""
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "PLATFORM_UNREADABLE" in answer.text


@pytest.mark.parametrize("client_id", ["nobody", "oa ", "x" * 3000])
def test_an_unknown_client_is_never_redirected(page: Browser, party: RelyingParty, client_id: str) -> None:
    assert_shown(page.get(party.authorize_path(Attempt(), client_id=client_id)), "IDENTITY_CLIENT_UNKNOWN")


@pytest.mark.parametrize("twice", [False, True])
def test_what_is_missing_is_not_called_wrong(page: Browser, party: RelyingParty, twice: bool) -> None:
    for name, code in (("client_id", "IDENTITY_CLIENT_MISSING"), ("redirect_uri", "IDENTITY_REDIRECT_URI_MISSING")):
        address = party.authorize_path(Attempt(), **({} if twice else {name: None}))
        assert_shown(page.get(f"{address}&{name}=" + ("other" if twice else "")), code)


def test_a_page_about_a_bad_request_leads_back_to_its_system(party: RelyingParty, identity: Identity) -> None:
    page = identity.browser()
    [row] = identity.execute("SELECT launch_uri, name_zh, name_en FROM client WHERE client_id = 'oa'")
    for changed in ({"redirect_uri": None}, {"redirect_uri": "https://attacker.example/"}):
        shown = page.get(party.authorize_path(Attempt(), **changed))
        assert f'href="{row["launch_uri"]}"' in shown.text
        assert f"“{row['name_zh']}”" in said(shown), "by its name, not by its code"
        english = identity.browser().get(party.authorize_path(Attempt(), language="en", **changed))
        assert row["name_en"] in said(english)
        assert "return address" in english.text


def test_a_system_that_is_switched_off_is_called_so(page: Browser, party: RelyingParty, identity: Identity) -> None:
    identity.execute("UPDATE client SET disabled_at = now() WHERE client_id = 'mail'")
    try:
        answer = page.get(identity.district("mail").authorize_path(Attempt()))
        assert answer.status_code == 403
        assert "IDENTITY_CLIENT_DISABLED" in answer.text
        [row] = identity.execute("SELECT name_zh FROM client WHERE client_id = 'mail'")
        assert f"“{row['name_zh']}”" in said(answer)
    finally:
        identity.execute("UPDATE client SET disabled_at = NULL WHERE client_id = 'mail'")


def test_a_machine_of_an_agency_cannot_have_people_sign_in(page: Browser, identity: Identity) -> None:
    answer = page.get(identity.machine("amr-system").authorize_path(Attempt(), redirect_uri="http://localhost/"))
    assert answer.status_code == 400
    assert "location" not in answer.headers


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_a_repeated_target_is_never_redirected(page: Browser, party: RelyingParty, name: str) -> None:
    answer = page.get(f"{party.authorize_path(Attempt())}&{name}=other")
    assert answer.status_code == 400
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": "a" * 42 + "="}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"response_mode": "query.jwt"}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "unheard-of phone"}, "invalid_scope"),
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "invalid_request_object"),
        ({"request_uri": "https://attacker.example/r"}, "request_uri_not_supported"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "sometimes"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"realm": "public"}, "invalid_request"),
        ({"nonce": "n" * 3000}, "invalid_request"),
        ({"claims": "[]"}, "invalid_request"),
        ({"id_token_hint": "made.up.hint"}, "invalid_request"),
        (
            {"claims": '{"id_token": {"acr": {"essential": true, "value": "9"}}}'},
            "unmet_authentication_requirements",
        ),
    ],
)
def test_a_bad_request_goes_back_to_the_client_with_state_and_issuer(
    page: Browser, party: RelyingParty, identity: Identity, changed: dict[str, str | None], error: str
) -> None:
    attempt = Attempt()
    answer = page.get(party.authorize_path(attempt, **changed))
    assert answer.headers["location"].startswith(party.redirect_uri)
    sent = answer_of(answer)
    assert (sent["error"], sent["state"], sent["iss"]) == (error, attempt.state, identity.url)
    assert sent["error_description"]
    assert "code" not in sent


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ("a" * 2049, "invalid_request"),
        ("a" * 2048, None),
        ("%2B%20%26%3D%25%22%5C%7E", None),
        ("%E7%8A%B6%E6%80%81%0A%F0%9F%98%80", None),
    ],
)
def test_state_goes_back_byte_by_byte(page: Browser, party: RelyingParty, state: str, error: str | None) -> None:
    """RFC 6749 sections 4.1.2 and 4.1.2.1; what is too long is refused, and still returned."""
    address = f"{party.authorize_path(Attempt(), state=None)}&state={state}"
    query = urlsplit(page.get(address).headers["location"]).query
    returned = next(part for part in query.split("&") if part.startswith("state="))
    assert unquote_to_bytes(returned[6:].replace("+", " ")) == unquote_to_bytes(state)
    assert ("code=" in query) is (error is None)
    assert (f"error={error}" in query) is (error is not None)


@pytest.mark.parametrize("octets", ["%FF", "a%80%C3", "%ED%A0%80", "%00", "a%00b"])
@pytest.mark.parametrize(
    "name",
    ["client_id", "state", "nonce", "scope", "login_hint", "acr_values", "ui_locales", "unheard_of", "%FE"],
)
def test_no_parameter_is_changed_into_another_text(page: Browser, party: RelyingParty, name: str, octets: str) -> None:
    path = party.authorize_path(Attempt(), **{name: None} if name in {"client_id", "state", "nonce", "scope"} else {})
    for again in ("", "&prompt=login"):
        assert_unreadable(page.get(f"{path}&{name}={octets}{again}"))


def test_an_address_that_is_no_text_is_nobodys(page: Browser, party: RelyingParty) -> None:
    for name in ("client_id", "redirect_uri"):
        path = party.authorize_path(Attempt(), **{name: None})
        answer = page.get(f"{path}&{name}={'https://rp.example/' if name == 'redirect_uri' else ''}%FF")
        assert answer.status_code == 400
        assert "location" not in answer.headers
    assert page.get(party.authorize_path(Attempt()) + "&n=1" * 60).status_code == 400
    spent = page.get(f"/authorize?client_id={party.client_id}&request_uri=urn:ietf:params:oauth:request_uri:%FF")
    assert spent.status_code == 400


def test_a_form_that_is_no_text_is_refused(page: Browser, party: RelyingParty, identity: Identity) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    query = urlsplit(party.authorize_path(Attempt(), state=None)).query
    assert_unreadable(page.request("POST", "/authorize", content=f"{query}&state=%FF", headers=form))
    for path in ("/token", "/par", "/revoke", "/introspect", "/device_authorization"):
        content = f"client_id={party.client_id}&client_secret=%FF&token=%FF&grant_type=%FF"
        answer = page.request("POST", path, content=content, headers=form | {"Accept": "application/json"})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    nearly = {"Content-Type": b"application/x-www-form-urlencoded\xa0"}
    content = f"client_id={party.client_id}%00&grant_type=authorization_code"
    unread = httpx.post(f"{identity.url}/token", content=content, headers=nearly)
    assert (unread.status_code, unread.json()["error"]) == (400, "invalid_client")
    assert_unreadable(page.get("/end-session?state=%FF"))


def test_a_repeated_parameter_is_refused(page: Browser, party: RelyingParty) -> None:
    sent = answer_of(page.get(f"{party.authorize_path(Attempt())}&nonce=second"))
    assert sent["error"] == "invalid_request"


def test_the_answer_of_a_grant_names_the_issuer(page: Browser, party: RelyingParty, identity: Identity) -> None:
    answer = page.get(party.authorize_path(Attempt()))
    assert answer_of(answer)["iss"] == identity.url
    assert not urlsplit(answer.headers["location"]).fragment


def test_a_post_is_answered_like_a_get(page: Browser, party: RelyingParty) -> None:
    query = urlsplit(party.authorize_path(Attempt())).query
    moved = page.request(
        "POST", "/authorize", content=query, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert moved.status_code == 303
    assert "code" in answer_of(page.get(moved.headers["location"]))


def test_nobody_is_signed_in_by_another_realm(identity: Identity, party: RelyingParty) -> None:
    public = identity.signed_in("+8613800000003")
    assert public.get(party.authorize_path(Attempt())).headers["location"].startswith("/sign-in?")
    assert answer_of(public.get(party.authorize_path(Attempt(), prompt="none")))["error"] == "login_required"
