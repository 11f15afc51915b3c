"""A pushed request is answered once, for the client that pushed it, and opened within a minute (RFC 9126)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import unquote, urlencode

import asyncpg
import httpx
import pytest

from tests.support.identity.own_clients import add_client
from tests.support.identity.parties import Attempt, Browser, Identity, RelyingParty, answer_of
from tests.support.platform import BoundService


@pytest.fixture(scope="module")
def page(identity: Identity) -> Browser:
    return identity.signed_in("water01")


@pytest.fixture(scope="module")
def party(identity: Identity) -> RelyingParty:
    return identity.district("oa")


@pytest.fixture(scope="module")
async def pushing(identity: Identity, bound_identity: BoundService) -> RelyingParty:
    """A client that must push."""
    return await add_client(bound_identity, "pushing", require_par=True)


def address(party: RelyingParty, request_uri: str, **more: str) -> str:
    return f"/authorize?{urlencode({'client_id': party.client_id, 'request_uri': request_uri} | more)}"


def pushed(party: RelyingParty, attempt: Attempt, **changed: str | None) -> str:
    answer = party.push(attempt, **changed)
    assert answer.status_code == 201, answer.text
    assert 5 <= answer.json()["expires_in"] <= 600
    assert answer.headers["cache-control"] == "no-store"
    return str(answer.json()["request_uri"])


def refused_here(answer: httpx.Response) -> None:
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "IDENTITY_AUTHORIZATION_REQUEST_SPENT" in answer.text


@pytest.mark.parametrize("client", ["party", "pushing"])
def test_a_pushed_request_is_granted_once(page: Browser, client: str, request: pytest.FixtureRequest) -> None:
    party, attempt = request.getfixturevalue(client), Attempt()
    where = address(party, pushed(party, attempt))
    answer = answer_of(page.get(where))
    assert answer["state"] == attempt.state
    assert party.redeem(answer["code"], attempt).status_code == 200
    refused_here(page.get(where))


def test_of_concurrent_uses_exactly_one_wins(page: Browser, party: RelyingParty) -> None:
    where = address(party, pushed(party, Attempt()))
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(page.get, [where] * 6))
    assert sorted(answer.status_code for answer in answers) == [303] + [400] * 5


def test_a_client_that_must_push_is_refused_otherwise(page: Browser, pushing: RelyingParty) -> None:
    sent = answer_of(page.get(pushing.authorize_path(Attempt())))
    assert sent["error"] == "invalid_request"
    assert "code" not in sent


def test_parameters_beside_the_request_uri_do_not_count(page: Browser, party: RelyingParty) -> None:
    attempt = Attempt()
    request_uri = pushed(party, attempt)
    sent = answer_of(page.get(address(party, request_uri, state="other", redirect_uri="https://attacker.example/")))
    assert sent["state"] == attempt.state


def test_another_clients_request_is_not_ours(page: Browser, identity: Identity, party: RelyingParty) -> None:
    request_uri = pushed(party, Attempt())
    thief = identity.district("mail")
    refused_here(page.get(address(thief, request_uri)))
    refused_here(page.get(address(thief, request_uri, redirect_uri=party.redirect_uri)))
    assert "code" in answer_of(page.get(address(party, request_uri)))


def test_a_request_uri_that_was_made_up(page: Browser, party: RelyingParty) -> None:
    request_uri = "urn:ietf:params:oauth:request_uri:made-up"
    refused_here(page.get(address(party, request_uri)))
    sent = answer_of(page.get(party.authorize_path(Attempt(), request_uri=request_uri)))
    assert sent["error"] == "invalid_request_uri"


@pytest.mark.parametrize("request_uri", ["https://attacker.example/r", "file:///etc/passwd", "urn:other:x"])
def test_no_request_is_fetched_from_elsewhere(page: Browser, party: RelyingParty, request_uri: str) -> None:
    """RFC 9101 section 10.4: whoever makes us fetch an address reaches what we reach."""
    shown = page.get(address(party, request_uri))
    assert (shown.status_code, "location" in shown.headers) == (400, False)
    assert "IDENTITY_REQUEST_URI_NOT_SUPPORTED" in shown.text
    attempt = Attempt()
    sent = answer_of(page.get(party.authorize_path(attempt, request_uri=request_uri)))
    assert (sent["error"], sent["state"]) == ("request_uri_not_supported", attempt.state)
    misled = page.get(party.authorize_path(Attempt(), request_uri=request_uri, redirect_uri="https://x.example/"))
    assert "IDENTITY_REDIRECT_URI_MISMATCH" in misled.text


def test_two_request_uris(page: Browser, party: RelyingParty) -> None:
    first, second = pushed(party, Attempt()), pushed(party, Attempt())
    answer = page.get(f"{address(party, first)}&{urlencode({'request_uri': second})}")
    assert answer.status_code == 400


async def test_a_pushed_request_expires(page: Browser, party: RelyingParty, identity: Identity) -> None:
    where = address(party, pushed(party, Attempt()))
    database = await asyncpg.connect(identity.database_url)
    try:
        await database.execute("UPDATE pushed_request SET expires_at = now() WHERE used_at IS NULL")
    finally:
        await database.close()
    refused_here(page.get(where))


def test_a_spent_request_leads_back_to_its_system(
    page: Browser, party: RelyingParty, pushing: RelyingParty, identity: Identity
) -> None:
    where = address(party, pushed(party, Attempt()))
    page.get(where)
    [row] = identity.execute("SELECT launch_uri, name_zh FROM client WHERE client_id = 'oa'")
    again = page.get(where)
    refused_here(again)
    assert f'href="{row["launch_uri"]}"' in again.text
    assert f"回到“{row['name_zh']}”重新登录" in again.text
    unlisted = address(pushing, pushed(pushing, Attempt()))
    page.get(unlisted)
    assert 'href="https://rp.example/"' in page.get(unlisted).text
    machine = page.get(where, headers={"Accept": "application/json"})
    assert machine.json()["code"] == "IDENTITY_AUTHORIZATION_REQUEST_SPENT"


def test_a_request_is_used_up_by_its_answer_alone(
    identity: Identity, pushing: RelyingParty, party: RelyingParty
) -> None:
    """RFC 9126 section 4: a reload, a second tab or the back button before the sign-in is no second use."""
    visitor, attempt = identity.browser(), Attempt()
    where = address(pushing, pushed(pushing, attempt, login_hint="water01"))
    first = answer_of(visitor.get(where))
    identity.execute("UPDATE pushed_request SET expires_at = expires_at - interval '2 hours'")
    again = visitor.get(where)
    assert again.headers["location"].startswith("/sign-in?")
    assert answer_of(again)["login_hint"] == "water01"
    assert answer_of(again)["continue"] == first["continue"], "both tabs go on with the same request"
    request_uri = unquote(first["continue"].partition("request_uri=")[2])
    refused_here(visitor.get(address(party, request_uri)))
    signed_in = identity.sign_in(visitor, "water01", first["continue"])
    answer = answer_of(visitor.get(signed_in.headers["location"]))
    assert pushing.redeem(answer["code"], attempt).status_code == 200
    for used in (where, first["continue"]):
        refused_here(visitor.get(used))


def test_a_reload_asks_for_no_second_sign_in(identity: Identity, pushing: RelyingParty) -> None:
    """What `prompt=login` asked for is asked for once, in every tab."""
    visitor, attempt = identity.signed_in("fire01"), Attempt()
    identity.execute("UPDATE sso_session SET auth_time = auth_time - interval '1 minute'")
    where = address(pushing, pushed(pushing, attempt, prompt="login"))
    for _ in range(2):
        assert visitor.get(where).headers["location"].startswith("/sign-in?")
    identity.sign_in(visitor, "fire01", "/")
    assert pushing.redeem(answer_of(visitor.get(where))["code"], attempt).status_code == 200


def test_an_error_uses_a_request_up_as_well(identity: Identity, pushing: RelyingParty) -> None:
    where = address(pushing, pushed(pushing, Attempt(), prompt="none"))
    visitor = identity.browser()
    assert answer_of(visitor.get(where))["error"] == "login_required"
    refused_here(visitor.get(where))


def test_a_sign_in_page_left_open_over_lunch_goes_on(identity: Identity, pushing: RelyingParty) -> None:
    visitor, attempt = identity.browser(), Attempt()
    needed = visitor.get(address(pushing, pushed(pushing, attempt, login_hint="water01")))
    identity.execute("UPDATE pushed_request SET expires_at = expires_at - interval '2 hours'")
    shown = visitor.get(needed.headers["location"])
    assert 'value="water01"' in shown.text
    signed_in = identity.sign_in(visitor, "water01", answer_of(needed)["continue"])
    answer = answer_of(visitor.get(signed_in.headers["location"]))
    assert answer["state"] == attempt.state
    assert pushing.redeem(answer["code"], attempt).status_code == 200


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"redirect_uri": "https://attacker.example/"}, "invalid_request"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"request_uri": "urn:ietf:params:oauth:request_uri:x"}, "invalid_request"),
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "invalid_request_object"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": None}, "invalid_scope"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"prompt": "sometimes"}, "invalid_request"),
        ({"client_id": "mail"}, "invalid_client"),
    ],
)
def test_a_bad_request_is_refused_when_it_is_pushed(party: RelyingParty, changed: dict[str, Any], error: str) -> None:
    answer = party.push(Attempt(), **changed)
    assert answer.status_code == (401 if error == "invalid_client" else 400)
    assert answer.json()["error"] == error
    assert answer.json()["error_description"]


def test_nobody_pushes_for_a_client_without_its_proof(identity: Identity, party: RelyingParty) -> None:
    form = {"client_id": "oa", "response_type": "code", "redirect_uri": party.redirect_uri, "scope": "openid"}
    assert httpx.post(f"{identity.url}/par", data=form).status_code == 400
    assert httpx.post(f"{identity.url}/par", data=form, auth=("oa", "wrong")).status_code == 401
    assert httpx.get(f"{identity.url}/par").status_code in {404, 405}


def test_the_parameters_never_stand_in_an_address_while_the_person_signs_in(
    identity: Identity, pushing: RelyingParty
) -> None:
    visitor, attempt = identity.browser(), Attempt()
    needed = visitor.get(address(pushing, pushed(pushing, attempt, login_hint="water01")))
    continuation = answer_of(needed)["continue"]
    assert attempt.state not in continuation
    assert "code_challenge" not in continuation
    shown = visitor.get(needed.headers["location"])
    assert "Test system pushing" in shown.text or "测试系统 pushing" in shown.text
    assert "https://rp.example" in shown.headers["content-security-policy"]
    signed_in = identity.sign_in(visitor, "water01", continuation)
    answer = answer_of(visitor.get(signed_in.headers["location"]))
    assert pushing.redeem(answer["code"], attempt).status_code == 200
    refused_here(visitor.get(continuation))


async def test_what_waits_is_encrypted(party: RelyingParty, identity: Identity) -> None:
    pushed(party, Attempt(), login_hint="13800000003")
    database = await asyncpg.connect(identity.database_url)
    try:
        rows = await database.fetch("SELECT parameters_encrypted FROM pushed_request")
    finally:
        await database.close()
    assert rows
    assert not any(b"13800000003" in row[0] for row in rows)
