"""Answers of identity that do not belong to what was asked, and cookies that are not taken over."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from pingshan_kit.storage.database import Database
from pingshan_kit.trust import trust_of
from starlette.applications import Starlette

from tests.support.kit.console import browser, console, csrf_token
from tests.support.kit.openid_provider import FakeIdentity, callback_address, fake_identity, query_of, sign_in
from tests.support.kit.service import ELicense, alive
from tests.support.platform import TestPlatform

SESSION = "__Host-pingshan-e-license"
FAILED = "PLATFORM_SIGN_IN_FAILED"


@pytest.fixture(scope="module")
async def identity() -> AsyncIterator[FakeIdentity]:
    async with fake_identity() as identity:
        yield identity


@pytest.fixture(scope="module")
def bound(platform: TestPlatform, identity: FakeIdentity) -> ELicense:
    return platform.service("e-license", migrated=False).settings(ELicense, issuer=identity.url)


@pytest.fixture(scope="module")
def app(bound: ELicense, publisher: Database) -> Starlette:
    trust_of(bound).revocations.introspect = alive
    return console(bound, publisher)


@pytest.fixture
async def client(app: Starlette, bound: ELicense, identity: FakeIdentity) -> AsyncIterator[httpx.AsyncClient]:
    identity.honest()
    async with browser(app, bound) as client:
        yield client


async def refused(client: httpx.AsyncClient, answer: httpx.Response) -> None:
    assert (answer.status_code, answer.json()["code"]) == (400, FAILED)
    assert SESSION not in client.cookies
    assert (await client.get("/mine")).status_code == 303


@pytest.mark.parametrize(
    "cheat",
    [
        {"iss": None},
        {"iss": "http://evil.example"},
        {"state": "another"},
        {"state": None},
        {"code": None},
        {"code": "unknown"},
        {"error": "server_error"},
        {"error": "access_denied", "iss": "http://evil.example"},
    ],
)
async def test_answers_that_do_not_fit(
    client: httpx.AsyncClient, identity: FakeIdentity, cheat: dict[str, Any]
) -> None:
    identity.cheat_answer.update(cheat)
    address = await callback_address(client)
    if cheat.get("code") == "unknown":
        identity.codes.clear()
        identity.codes["unknown"] = {"code_challenge": "of somebody else", "client_id": "e-license", "nonce": "x"}
    await refused(client, await client.get(address))


@pytest.mark.parametrize(
    "cheat",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "workflow"},
        {"iss": "http://evil.example"},
        {"exp": 1},
        {"sub": "person-2"},
        {"sid": "session-of-another"},
    ],
)
async def test_id_tokens_that_do_not_fit(
    client: httpx.AsyncClient, identity: FakeIdentity, cheat: dict[str, Any]
) -> None:
    identity.cheat_id_token.update(cheat)
    await refused(client, await sign_in(client))


@pytest.mark.parametrize("cheat", [{"aud": "workflow"}, {"sub": "person-2"}, {"realm": "admin"}, {"roles": "judge"}])
async def test_access_tokens_that_do_not_fit(
    client: httpx.AsyncClient, identity: FakeIdentity, cheat: dict[str, Any]
) -> None:
    identity.cheat_access_token.update(cheat)
    await refused(client, await sign_in(client))


async def test_a_callback_of_another_browser(client: httpx.AsyncClient, app: Starlette, bound: ELicense) -> None:
    """Login CSRF: an attacker's code does not sign a victim in."""
    address = await callback_address(client)
    async with browser(app, bound) as victim:
        await begins_anew(victim, address, at=bound.issuer)


async def test_a_callback_works_once(client: httpx.AsyncClient, bound: ELicense, identity: FakeIdentity) -> None:
    address = await callback_address(client)
    assert (await client.get(address)).headers["location"] == "/mine"
    redeemed = len(identity.posted)
    client.cookies.clear()
    await begins_anew(client, address, at=bound.issuer)
    assert len(identity.posted) == redeemed


async def test_a_callback_loaded_twice_at_once_signs_in_once(
    client: httpx.AsyncClient, app: Starlette, bound: ELicense, publisher: Database, identity: FakeIdentity
) -> None:
    """An impatient reload goes to another process; a code that comes twice would end what the first has begun."""
    address = await callback_address(client)
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in client.cookies.jar)
    redeemed = len(identity.posted)
    async with browser(app, bound) as first, browser(console(bound, publisher), bound) as second:
        answers = await asyncio.gather(
            *(each.get(address, headers={"cookie": cookies}) for each in (first, second, first, second))
        )
    assert [answer.headers["location"] for answer in answers] == ["/mine"] * 4
    (kept,) = {answer.cookies[SESSION] for answer in answers}
    assert len(identity.posted) == redeemed + 1
    client.cookies.set(SESSION, kept)
    assert (await client.get("/mine")).status_code == 200
    assert (await client.get(address)).headers["location"] == "/mine"
    assert (await client.get("/mine")).status_code == 200


async def test_a_refused_answer_loaded_twice_is_refused_twice(
    client: httpx.AsyncClient, identity: FakeIdentity
) -> None:
    identity.cheat_id_token.update({"nonce": "another"})
    address = await callback_address(client)
    for _ in range(2):
        await refused(client, await client.get(address))


async def test_a_browser_that_keeps_no_cookie_does_not_go_round_for_ever(client: httpx.AsyncClient) -> None:
    address = await callback_address(client)
    client.cookies.clear()
    anew = await client.get(address)
    state = query_of(anew.headers["location"])["state"]
    client.cookies.clear()
    assert (await client.get("/sign-in/callback", params={"code": "any", "state": state})).json()["code"] == FAILED


async def test_an_address_to_come_back_to_is_sealed(client: httpx.AsyncClient) -> None:
    begun = query_of((await client.get("/sign-in?next=/mine")).headers["location"])["state"]
    own, _, led = begun.partition(".")
    assert "/mine" not in led
    client.cookies.clear()
    for spoiled in (f"{own}.{led[:-1]}{'A' if led[-1] != 'A' else 'B'}", f"{own}.", own, f"{own}.x{led}", f"{own}.é"):
        answer = await client.get("/sign-in/callback", params={"code": "any", "state": spoiled})
        assert answer.json()["code"] == FAILED


async def begins_anew(client: httpx.AsyncClient, address: str, *, at: str) -> None:
    """The code is not read, nobody is signed in, and identity is asked once more."""
    answer = await client.get(address)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{at}/authorize?")
    assert query_of(answer.headers["location"])["state"] not in address
    assert (await client.get("/mine")).headers["location"].startswith("/sign-in")


async def test_a_changed_attempt_cookie(client: httpx.AsyncClient, bound: ELicense) -> None:
    address = await callback_address(client)
    name = next(name for name in client.cookies if "sign-in" in name)
    value = client.cookies[name]
    spoiled = value[:-1] + ("0" if value[-1] != "0" else "1")
    client.cookies.clear()
    client.cookies.set(name, spoiled)
    await begins_anew(client, address, at=bound.issuer)


async def test_a_planted_session_cookie_is_never_taken_over(client: httpx.AsyncClient) -> None:
    """Session fixation: signing in always makes a new session."""
    address = await callback_address(client)
    carried = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    planted = f"{SESSION}=planted-by-somebody"
    answer = await client.get(address, headers={"cookie": f"{carried}; {planted}"})
    assert answer.headers["location"] == "/mine"
    assert planted not in answer.headers["set-cookie"]
    assert (await client.get("/mine", headers={"cookie": planted})).status_code == 303


async def test_a_new_sign_in_ends_the_session_before(client: httpx.AsyncClient) -> None:
    await sign_in(client)
    before = client.cookies[SESSION]
    await sign_in(client)
    assert (await client.get("/mine", headers={"cookie": f"{SESSION}={before}"})).status_code == 303
    assert (await client.get("/mine")).status_code == 200


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
async def test_next_never_leads_elsewhere(client: httpx.AsyncClient, wanted: str) -> None:
    assert (await sign_in(client, wanted)).headers["location"] == "/"


async def test_a_referring_page_of_another_site_is_not_gone_back_to(client: httpx.AsyncClient) -> None:
    headers = {"x-csrf-token": await csrf_token(client), "referer": "http://evil.example/trap"}
    off = await client.post("/mine/change", headers=headers)
    assert query_of(off.headers["location"])["next"] == "/mine", "the page of ours on which the form stands"


async def test_session_cookies_are_kept_from_scripts(client: httpx.AsyncClient) -> None:
    cookie = (await sign_in(client)).headers["set-cookie"]
    assert cookie.startswith(f"{SESSION}=")
    assert {"httponly", "secure", "samesite=lax", "path=/"} <= {part.lower() for part in cookie.split("; ")}
    assert "domain" not in cookie.lower()


async def test_neither_code_nor_token_reaches_a_log(
    client: httpx.AsyncClient, identity: FakeIdentity, capsys: pytest.CaptureFixture[str]
) -> None:
    address = await callback_address(client)
    await client.get(address)
    identity.cheat_id_token["nonce"] = "another"
    await sign_in(client)
    written = "".join(capsys.readouterr())
    assert "sign-in.refused" in written
    for secret in (query_of(address)["code"], query_of(address)["state"], identity.posted[-1]["code_verifier"], "eyJ"):
        assert secret not in written
