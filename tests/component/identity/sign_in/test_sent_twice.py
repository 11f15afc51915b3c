"""A double click in the middle of a sign-in: the second leads where the first went, and counts for nothing."""

import asyncio
import re

import httpx
import pytest

from tests.support.identity.own_clients import add_client
from tests.support.identity.parties import Attempt, Browser, Identity, answer_of
from tests.support.identity.upstreams import choose, off, onward
from tests.support.platform import BoundService

SESSION = "__Host-pingshan-identity"
PUBLIC_SESSION = f"{SESSION}-public"


def hidden_of(shown: httpx.Response) -> dict[str, str]:
    """The hidden fields of the page's last form."""
    form = shown.text.rpartition('<form class="" method="post"')[2] or shown.text
    return dict(re.findall(r'name="(csrf_token|form_key)" value="([^"]+)"', form))


async def twice(identity: Identity, page: Browser, path: str, form: dict[str, str]) -> list[httpx.Response]:
    header = {"Cookie": "; ".join(f"{name}={value}" for name, value in page.cookies.items()), "Accept": "text/html"}
    async with httpx.AsyncClient(timeout=30) as client:
        return list(await asyncio.gather(*(client.post(identity.url + path, data=form, headers=header) for _ in "12")))


async def test_at_the_second_factor(identity: Identity) -> None:
    page = identity.browser()
    second = identity.give_password(page, "water01", "/account").headers["location"]
    identity.let_codes_be_used_again()
    form = hidden_of(page.get(second)) | {"code": identity.code_now("water01")}
    answers = await twice(identity, page, second.replace("-factor?", "-factor/totp?"), form)
    assert [answer.headers["location"] for answer in answers] == ["/account"] * 2
    cookies = {answer.cookies[SESSION] for answer in answers}
    assert len(cookies) == 1
    page.cookies[SESSION] = cookies.pop()
    assert page.get("/account").status_code == 200


def test_at_the_second_factor_after_the_first_answer_has_come(identity: Identity) -> None:
    """The browser has kept the session's cookie and still shows the form."""
    page = identity.browser()
    second = identity.give_password(page, "fire01", "/account").headers["location"]
    identity.let_codes_be_used_again()
    form = hidden_of(page.get(second)) | {"code": identity.code_now("fire01")}
    path = second.replace("-factor?", "-factor/totp?")
    locations = [page.post(path, data=form).headers["location"] for _ in range(2)]
    assert locations == ["/account"] * 2
    assert page.get("/account").status_code == 200


def test_after_the_sign_out_the_form_of_a_sign_in_opens_nothing(identity: Identity) -> None:
    page = identity.browser()
    second = identity.give_password(page, "fire01", "/account").headers["location"]
    identity.let_codes_be_used_again()
    form = hidden_of(page.get(second)) | {"code": identity.code_now("fire01")}
    path = second.replace("-factor?", "-factor/totp?")
    page.post(path, data=form)
    assert page.post("/sign-out", data=hidden_of(page.get("/sign-out"))).status_code == 303
    assert page.post(path, data=form).status_code == 403
    assert SESSION not in page.cookies


def test_recovery_codes_are_shown_again_to_their_session_alone(identity: Identity) -> None:
    page, address = identity.signed_in("fire01"), "/account/security/recovery-codes"
    form = hidden_of(page.get("/account/security"))
    first, second = (page.post(address, data=form) for _ in range(2))
    assert "recovery-codes" in first.text
    assert first.text == second.text
    page.post("/sign-out", data=hidden_of(page.get("/sign-out")))
    assert page.post(address, data=form).status_code == 303


async def test_on_the_way_back_from_an_upstream(identity: Identity, simulators: str) -> None:
    """A reload while the first answer is on its way: whichever of the two the browser keeps signs in."""
    page = identity.browser()
    page.get("/public/sign-in")
    callback = choose(off(page, "gd-unified", "/account"), "gd-0001")
    header = {"Cookie": "; ".join(f"{name}={value}" for name, value in page.cookies.items()), "Accept": "text/html"}
    async with httpx.AsyncClient(timeout=30) as client:
        answers = await asyncio.gather(*(client.get(callback, headers=header) for _ in "12"))
    assert [onward(answer) for answer in answers] == ["/account"] * 2
    cookies = {answer.cookies[PUBLIC_SESSION] for answer in answers}
    assert len(cookies) == 1
    page.cookies[PUBLIC_SESSION] = cookies.pop()
    assert page.get("/account").status_code == 200


def test_a_way_back_that_leads_nowhere_leads_to_the_page_that_was_wanted(identity: Identity, simulators: str) -> None:
    page = identity.browser()
    page.get("/public/sign-in")
    callback = choose(off(page, "gd-unified", "/account/consents"), "gd-0001")
    identity.execute("UPDATE upstream_attempt SET expires_at = now()")
    refused = page.get(callback)
    assert refused.status_code == 403
    assert 'href="/public/sign-in?continue=%2Faccount%2Fconsents"' in refused.text
    stranger = identity.browser()
    stranger.get("/public/sign-in")
    assert 'href="/public/sign-in?continue=%2F"' in stranger.get(callback).text, "not where another browser was led"


async def test_a_wrong_code_counts_once(identity: Identity) -> None:
    page = identity.browser()
    second = identity.give_password(page, "hall01").headers["location"]
    for _ in range(4):
        form = hidden_of(page.get(second)) | {"code": "000000"}
        answers = await twice(identity, page, second.replace("-factor?", "-factor/totp?"), form)
        assert [answer.status_code for answer in answers] == [401] * 2
    refused = identity.execute("SELECT count(*) AS n FROM record WHERE details->>'reason' = 'wrong-second-factor'")
    assert refused[0]["n"] == 4


@pytest.mark.parametrize("decision", ["allow", "refuse"])
async def test_the_answer_to_the_question_of_a_third_party(
    identity: Identity, bound_identity: BoundService, decision: str
) -> None:
    third = await add_client(
        bound_identity, f"third-{decision}", third_party=True, scopes=["openid", "profile"], realms=["staff"]
    )
    page = identity.signed_in("fire01")
    question = page.get(third.authorize_path(Attempt())).headers["location"]
    form = hidden_of(page.get(question)) | {"decision": decision}
    answers = await twice(identity, page, question, form)
    assert [answer.status_code for answer in answers] == [303] * 2
    assert len({answer.headers["location"] for answer in answers}) == 1
    if decision == "refuse":
        assert answer_of(answers[1])["error"] == "access_denied"
