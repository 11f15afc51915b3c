"""Answers by a form that the browser posts (OAuth 2.0 Form Post Response Mode), which ASP.NET asks for by default."""

import html
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from tests.support.identity.form_receiver import FormReceiver
from tests.support.identity.own_clients import add_client
from tests.support.identity.parties import Attempt, Browser, Identity, RelyingParty, csrf_of
from tests.support.platform import BoundService


@pytest.fixture(scope="module")
def receiver() -> Iterator[FormReceiver]:
    made = FormReceiver()
    yield made
    made.close()


@pytest.fixture(scope="module")
async def party(identity: Identity, bound_identity: BoundService, receiver: FormReceiver) -> RelyingParty:
    callback = f"{receiver.origin}/signin-oidc?tenant=a&b=%22%3E"
    return await add_client(
        bound_identity, "aspnet", redirect_uris=[callback], launch_uri=f"{receiver.origin}/", profile="compatible"
    )


@pytest.fixture(scope="module")
async def third(identity: Identity, bound_identity: BoundService, receiver: FormReceiver) -> RelyingParty:
    return await add_client(bound_identity, "third-form", redirect_uris=[f"{receiver.origin}/third"], third_party=True)


@pytest.fixture(scope="module")
def page(identity: Identity) -> Browser:
    return identity.signed_in("water01")


def form_of(answer: httpx.Response) -> tuple[str, dict[str, str]]:
    """Where the page's form leads, and its fields."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    [action] = re.findall(r'<form id="answer" method="post" action="([^"]*)"', answer.text)
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', answer.text)
    return html.unescape(action), {name: html.unescape(value) for name, value in fields}


def test_the_answer_is_in_a_form_and_in_no_address(page: Browser, party: RelyingParty, identity: Identity) -> None:
    attempt = Attempt()
    answer = page.get(
        party.authorize_path(attempt, response_mode="form_post", code_challenge=None, code_challenge_method=None)
    )
    action, fields = form_of(answer)
    assert action == party.redirect_uri
    assert fields.keys() == {"code", "state", "iss"}
    assert (fields["state"], fields["iss"]) == (attempt.state, identity.url)
    tokens = party.redeem(fields["code"], attempt, code_verifier=None)
    assert tokens.status_code == 200, tokens.text


def test_the_page_lets_nothing_but_the_answer_out(page: Browser, party: RelyingParty, receiver: FormReceiver) -> None:
    answer = page.get(party.authorize_path(Attempt(), response_mode="form_post"))
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["form-action"] == f"{receiver.origin} http: https:", "where the system leads on to is its own affair"
    assert policy["script-src"] == "'self'"
    assert policy["default-src"] == "'none'"
    assert answer.headers["referrer-policy"] == "strict-origin"
    assert "<script>" not in answer.text
    assert " on" + "load=" not in answer.text


def test_an_error_comes_the_same_way(page: Browser, party: RelyingParty, identity: Identity) -> None:
    for name, value, error in (
        ("prompt", "none", "login_required"),
        ("response_type", "token", "unsupported_response_type"),
    ):
        attempt = Attempt()
        path = party.authorize_path(attempt, response_mode="form_post", **{name: value})
        action, fields = form_of(identity.browser().get(path))
        assert action == party.redirect_uri
        assert (fields["error"], fields["state"], fields["iss"]) == (error, attempt.state, identity.url)
        assert fields["error_description"]


@pytest.mark.parametrize("state", ['"><script>alert(1)</script>', "a&amp;b", "' onfocus='x", "状态 😀", "%2B+ \t\\"])
def test_every_state_comes_back_as_it_was(page: Browser, party: RelyingParty, state: str) -> None:
    answer = page.get(party.authorize_path(Attempt(), response_mode="form_post", state=state))
    assert form_of(answer)[1]["state"] == state
    assert "<script>alert" not in answer.text


def test_a_state_that_browsers_would_change_is_refused(page: Browser, party: RelyingParty) -> None:
    answer = page.get(party.authorize_path(Attempt(), response_mode="form_post", state="a\nb"))
    assert form_of(answer)[1]["error"] == "invalid_request"


async def test_an_app_of_its_own_scheme_gets_no_form(
    page: Browser, identity: Identity, bound_identity: BoundService
) -> None:
    app = await add_client(
        bound_identity,
        "app-form",
        redirect_uris=["com.example.app:/back"],
        application_type="native",
        auth_method="none",
    )
    answer = page.get(app.authorize_path(Attempt(), response_mode="form_post"))
    assert answer.headers["location"].startswith("com.example.app:/back?error=invalid_request")


def test_it_is_kept_while_the_person_signs_in(identity: Identity, party: RelyingParty) -> None:
    for pushed in (False, True):
        visitor, attempt = identity.browser(), Attempt()
        where = party.authorize_path(attempt, response_mode="form_post")
        if pushed:
            uri = party.push(attempt, response_mode="form_post").json()["request_uri"]
            where = f"/authorize?{urlencode({'client_id': party.client_id, 'request_uri': uri})}"
        needed = visitor.get(where)
        continuation = parse_qs(urlsplit(needed.headers["location"]).query)["continue"][0]
        signed_in = identity.sign_in(visitor, "water01", continuation)
        _, fields = form_of(visitor.get(signed_in.headers["location"]))
        assert party.redeem(fields["code"], attempt).status_code == 200


@pytest.mark.parametrize("decision", ["allow", "refuse"])
def test_it_is_kept_while_the_person_decides(identity: Identity, third: RelyingParty, decision: str) -> None:
    visitor, attempt = identity.signed_in("hr01"), Attempt()
    question = visitor.get(third.authorize_path(attempt, response_mode="form_post", prompt="consent"))
    shown = visitor.get(question.headers["location"])
    [hashed] = re.findall(r'name="shown" value="([0-9a-f]{64})"', shown.text)
    form = {"csrf_token": csrf_of(shown), "shown": hashed, "decision": decision}
    answer = visitor.post(question.headers["location"], form)
    if decision == "allow":
        answer = visitor.get(answer.headers["location"])
    action, fields = form_of(answer)
    assert action == third.redirect_uri
    assert fields["state"] == attempt.state
    assert ("code" in fields) is (decision == "allow")
    assert fields.get("error") == (None if decision == "allow" else "access_denied")
