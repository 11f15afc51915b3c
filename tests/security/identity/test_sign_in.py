"""Signing in: forgery, fixation, guessing, framing, and where a sign-in may lead."""

import asyncio
import html
import re
import statistics
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from pingshan_identity.clients.passwords import Passwords
from pingshan_identity.domain.errors import SignInBusy, SignInRefused, SignInThrottled
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.settings import Settings
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sign_in.sign_in_with_password import SignInWithPassword, sign_in_with_password
from pingshan_values.actor import ANONYMOUS

from tests.support.identity.dependencies import dependencies
from tests.support.identity.parties import Identity, csrf_of, submit
from tests.support.platform import BoundService

COOKIE = "__Host-pingshan-identity"


def credentials(identity: Identity, login: str = "water01") -> dict[str, str]:
    return {"login": login, "password": identity.sign_ins["staff"][login]}


def test_credentials_are_answered_with_303(identity: Identity) -> None:
    answer = submit(identity.browser(), "/sign-in", credentials(identity))
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in/second-factor?")


def test_cookies_are_host_only_secure_and_unreadable(identity: Identity) -> None:
    page = identity.browser()
    identity.sign_in(page, "water01")
    held = [text for text in page.set_cookies if text.startswith(f"{COOKIE}=")]
    assert len(held) == 1
    for attribute in ("Path=/", "Secure", "HttpOnly", "SameSite=lax"):
        assert attribute in held[0]
    assert "Domain" not in held[0]


@pytest.mark.parametrize("token", ["", "wrong", "0" * 64])
def test_a_form_without_our_token_signs_nobody_in_and_restarts(identity: Identity, token: str) -> None:
    page = identity.browser()
    page.get("/sign-in?continue=/account")
    answer = page.post("/sign-in?continue=/account", data=credentials(identity) | {"csrf_token": token})
    assert answer.status_code == 403
    assert COOKIE not in page.cookies
    restart = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', answer.text)
    assert restart, answer.text
    address = urlsplit(html.unescape(restart.group(1)))
    assert (address.path, parse_qs(address.query)) == ("/sign-in", {"continue": ["/account"], "expired": ["true"]})


def test_login_csrf_with_the_token_of_another_browser_is_refused(identity: Identity) -> None:
    attacker, victim = identity.browser(), identity.browser()
    token = csrf_of(attacker.get("/sign-in"))
    victim.get("/sign-in")
    answer = victim.post("/sign-in", data=credentials(identity) | {"csrf_token": token})
    assert answer.status_code == 403
    assert COOKIE not in victim.cookies


def test_a_form_from_another_origin_is_refused(identity: Identity) -> None:
    page = identity.browser()
    token = csrf_of(page.get("/sign-in"))
    form = credentials(identity) | {"csrf_token": token}
    assert page.post("/sign-in", data=form, headers={"Origin": "https://attacker.example"}).status_code == 403
    assert page.post("/sign-in", data=form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


@pytest.mark.parametrize("path", ["/account/sessions/end", "/account/sessions/end-all", "/sign-out"])
def test_every_form_of_ours_needs_its_token(identity: Identity, path: str) -> None:
    page = identity.signed_in("housing01")
    assert page.post(path, data={"session_id": "x"}).status_code == 403
    assert page.get("/account").status_code == 200


def test_a_cookie_from_before_the_sign_in_is_never_taken_over(identity: Identity) -> None:
    page = identity.browser()
    page.cookies[COOKIE] = "planted-by-an-attacker"
    identity.sign_in(page, "planning01")
    assert page.cookies[COOKIE] != "planted-by-an-attacker"
    old = page.cookies[COOKIE]
    identity.sign_in(page, "planning01")
    assert page.cookies[COOKIE] != old
    page.cookies[COOKIE] = old
    assert page.get("/account").status_code == 303


def test_a_sign_in_of_another_person_ends_the_session_before(identity: Identity) -> None:
    page = identity.signed_in("ecology01")
    tokens = identity.tokens(page, identity.district("oa"))
    identity.sign_in(page, "police01")
    answer = page.get("/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "target",
    [
        "https://attacker.example/",
        "//attacker.example/",
        "/\\attacker.example/",
        "\\\\attacker.example",
        "/authorize/../../x",
        "/sign-out",
        "/static/ui/../..",
        "javascript:alert(1)",
        "/account\r\nSet-Cookie: a=b",
        "http://localhost:1/authorize?x",
        "/account#x",
        "",
    ],
)
def test_a_sign_in_leads_nowhere_else(identity: Identity, target: str) -> None:
    answer = identity.sign_in(identity.browser(), "water01", target)
    assert answer.headers["location"] == "/"


def test_pages_cannot_be_framed_or_cached(identity: Identity) -> None:
    answer = identity.browser().get("/sign-in")
    assert answer.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "'unsafe-inline'" not in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] in {"no-referrer", "same-origin"}


def test_an_unknown_name_and_a_wrong_password_look_the_same(identity: Identity) -> None:
    texts = []
    for login in ("dpf01", "nobody01"):
        answer = submit(identity.browser(), "/sign-in", {"login": login, "password": "wrong"})
        assert answer.status_code == 401
        texts.append(re.sub("[0-9a-f]{64}", "", answer.text.replace(login, "")))
    assert texts[0] == texts[1]


@pytest.fixture(scope="module")
async def deps(bound_identity: BoundService, identity: Identity) -> AsyncIterator[Dependencies]:
    async with dependencies(bound_identity.settings(Settings)) as made:
        passwords = Passwords(threads=1, queue=64)
        yield replace(made, passwords=passwords)
        await passwords.close()


def guess(login: str, password: str = "wrong", address: str = "198.51.100.7") -> SignInWithPassword:
    visitor = Visitor(browser="browser", device="", address=address, previous_cookie=None)
    return SignInWithPassword(Realm.STAFF, login, password, visitor, "/")


async def test_unknown_names_take_as_long_as_known_ones(deps: Dependencies) -> None:
    took: dict[str, list[float]] = {"civil01": [], "nobody02": []}
    for number in range(12):
        for login, times in took.items():
            begun = time.perf_counter()
            with pytest.raises(SignInRefused):
                await sign_in_with_password(deps, ANONYMOUS, guess(login, address=f"203.0.{number}.1"))
            times.append(time.perf_counter() - begun)
    known, unknown = (statistics.median(times) for times in took.values())
    assert 0.6 < unknown / known < 1.67


async def test_guessing_slows_down_and_never_locks(deps: Dependencies, identity: Identity) -> None:
    waits = []
    for _ in range(9):
        try:
            await sign_in_with_password(deps, ANONYMOUS, guess("transport01"))
        except SignInThrottled as error:
            waits.append(error.params["retry_after"])
        except SignInRefused:
            continue
    assert waits, "the sixth attempt must wait"
    right = guess("transport01", identity.sign_ins["staff"]["transport01"])
    with pytest.raises(SignInThrottled):
        await sign_in_with_password(deps, ANONYMOUS, right)
    elsewhere = guess("transport01", right.password, "192.0.2.9")
    assert await sign_in_with_password(deps, ANONYMOUS, elsewhere)
    neighbour = guess("transport01", right.password, "198.51.100.200")
    with pytest.raises(SignInThrottled):
        await sign_in_with_password(deps, ANONYMOUS, neighbour)
    async with deps.database.begin() as tx:
        await tx.exec_driver_sql("UPDATE sign_in_throttle SET blocked_until = now()")
    assert await sign_in_with_password(deps, ANONYMOUS, right)
    with pytest.raises(SignInRefused):
        await sign_in_with_password(deps, ANONYMOUS, guess("transport01"))


async def test_guesses_side_by_side_count_too(deps: Dependencies) -> None:
    async def one() -> type[Exception]:
        try:
            await sign_in_with_password(deps, ANONYMOUS, guess("drc01", address="192.0.2.77"))
        except (SignInRefused, SignInThrottled) as error:
            return type(error)
        raise AssertionError

    outcomes = await asyncio.gather(*(one() for _ in range(30)))
    assert outcomes.count(SignInRefused) <= 6


async def test_a_full_queue_says_so_and_costs_no_attempt(deps: Dependencies) -> None:
    passwords = Passwords(threads=1, queue=1)
    full = replace(deps, passwords=passwords)
    with passwords.admission(), passwords.admission(), pytest.raises(SignInBusy) as refused:
        await sign_in_with_password(full, ANONYMOUS, guess("work_safety01"))
    assert refused.value.params["retry_after"] >= 1
    await passwords.close()
