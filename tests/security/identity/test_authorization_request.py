"""What the authorization endpoint refuses (RFC 6749, RFC 7636, RFC 9700), and whom it never redirects."""

from urllib.parse import urlsplit

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
        lambda _: "",
    ],
)
def test_redirect_uri_is_compared_byte_by_byte(page: Browser, party: RelyingParty, change: object) -> None:
    assert callable(change)
    answer = page.get(party.authorize_path(Attempt(), redirect_uri=change(party.redirect_uri)))
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "IDENTITY_REDIRECT_URI_MISMATCH" in answer.text


@pytest.mark.parametrize("client_id", ["nobody", "", "oa ", "oa\0", "x" * 3000])
def test_an_unknown_client_is_never_redirected(page: Browser, party: RelyingParty, client_id: str) -> None:
    answer = page.get(party.authorize_path(Attempt(), client_id=client_id))
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "IDENTITY_CLIENT_UNKNOWN" in answer.text


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
        ({"scope": None}, "invalid_request"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
        ({"request_uri": "https://attacker.example/r"}, "invalid_request_uri"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "sometimes"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"realm": "public"}, "invalid_request"),
        ({"nonce": "n" * 3000}, "invalid_request"),
        ({"nonce": "a\0b"}, "invalid_request"),
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
