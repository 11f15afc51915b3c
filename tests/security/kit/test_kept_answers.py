"""What the first answer to a form showed is shown again to the session that got it, and to nobody after it."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import httpx
import pytest
from pingshan_kit.http import Application
from pingshan_kit.storage.database import Database
from pingshan_kit.trust import trust_of

from tests.support.kit.console import browser, console, csrf_token
from tests.support.kit.openid_provider import FakeIdentity, fake_identity, sign_in
from tests.support.kit.service import ELicense, alive
from tests.support.platform import TestPlatform

SEED = "__Host-pingshan-e-license-csrf"
SESSION = "__Host-pingshan-e-license"


@pytest.fixture(scope="module")
async def identity() -> AsyncIterator[FakeIdentity]:
    async with fake_identity() as identity:
        yield identity


@pytest.fixture(scope="module")
def bound(platform: TestPlatform, identity: FakeIdentity) -> ELicense:
    return platform.service("e-license", migrated=False).settings(ELicense, issuer=identity.url)


@pytest.fixture
def app(bound: ELicense, publisher: Database) -> Application:
    trust_of(bound).revocations.introspect = alive
    return console(bound, publisher)


@pytest.fixture
async def client(app: Application, bound: ELicense, identity: FakeIdentity) -> AsyncIterator[httpx.AsyncClient]:
    """Signed in, with the cookie of our forms from before."""
    identity.honest()
    identity.roles = ("officer",)
    async with browser(app, bound) as client:
        await csrf_token(client)
        await sign_in(client)
        yield client


async def form_of(client: httpx.AsyncClient, wish: str = "sheet") -> dict[str, str]:
    return {"csrf_token": await csrf_token(client), "form_key": secrets.token_hex(32), "wish": wish}


async def shown_once(client: httpx.AsyncClient) -> dict[str, str]:
    """A form whose answer shows something once, and once more to the same session."""
    form = await form_of(client)
    for _ in range(2):
        assert (await client.post("/officers/act", data=form)).text == "sheet 1"
    return form


async def sign_out(client: httpx.AsyncClient) -> None:
    assert (await client.post("/sign-out", data=await form_of(client))).status_code == 303


async def test_after_the_sign_out_it_is_shown_to_nobody(client: httpx.AsyncClient, app: Application) -> None:
    """At a counter: back, and send the form again."""
    form = await shown_once(client)
    await sign_out(client)
    again = await client.post("/officers/act", data=form)
    assert (again.status_code, again.headers["location"].partition("?")[0]) == (303, "/sign-in")
    assert app.state.acts == ["sheet"]


async def test_the_next_person_is_answered_by_their_own_rights(
    client: httpx.AsyncClient, app: Application, identity: FakeIdentity
) -> None:
    form = await shown_once(client)
    await sign_out(client)
    identity.honest()
    identity.roles = ("clerk",)
    await sign_in(client)
    assert (await client.post("/officers/act", data=form)).status_code == 403
    assert app.state.acts == ["sheet"]


async def test_nor_where_the_next_one_signs_in_over_the_session(
    client: httpx.AsyncClient, app: Application, identity: FakeIdentity
) -> None:
    form = await shown_once(client)
    identity.honest()
    await sign_in(client)
    answers = [await client.post("/officers/act", data=form) for _ in range(2)]
    assert [answer.text for answer in answers] == ["sheet 2", "sheet 2"], "their own act, once"
    assert app.state.acts == ["sheet"] * 2


async def test_a_session_that_was_ended_elsewhere_gets_nothing(
    client: httpx.AsyncClient, app: Application, publisher: Database
) -> None:
    form = await shown_once(client)
    async with publisher.begin() as tx:
        await tx.exec_driver_sql("DELETE FROM page_session")
    again = await client.post("/officers/act", data=form)
    assert (again.status_code, again.headers["location"].partition("?")[0]) == (303, "/sign-in")
    assert app.state.acts == ["sheet"]


async def test_the_seed_changes_at_sign_in_and_at_sign_out(
    app: Application, bound: ELicense, identity: FakeIdentity
) -> None:
    identity.honest()
    async with browser(app, bound) as client:
        tokens = [await csrf_token(client)]
        await sign_in(client)
        tokens.append(await csrf_token(client))
        await sign_out(client)
        tokens.append(await csrf_token(client))
    assert len(set(tokens)) == 3


async def test_a_form_of_a_page_from_before_the_sign_in_is_taken_and_one_from_further_back_is_not(
    app: Application, bound: ELicense, identity: FakeIdentity
) -> None:
    """Of another tab: nothing that somebody filled in is lost."""
    identity.honest()
    async with browser(app, bound) as client:
        form = await form_of(client, "redirect")
        await sign_in(client)
        assert (await client.post("/act", data=form)).headers["location"] == "/done/1"
        await sign_out(client)
        refused = await client.post("/act", data=form)
    assert (refused.status_code, refused.json()["code"]) == (403, "PLATFORM_REQUEST_FORGED")


async def test_a_double_click_at_the_sign_out_leads_to_the_same(client: httpx.AsyncClient) -> None:
    """Also where the second comes after the browser has kept the first one's cookies."""
    form = await form_of(client)
    held = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    answers = await asyncio.gather(*(client.post("/sign-out", data=form, headers={"Cookie": held}) for _ in range(2)))
    assert SESSION not in client.cookies
    answers.append(await client.post("/sign-out", data=form))
    assert len({answer.headers["location"] for answer in answers}) == 1
    seeds = {answer.headers["set-cookie"].partition(f"{SEED}=")[2].partition(";")[0] for answer in answers[:2]}
    assert len(seeds) == 1, "both answers change the seed to the same one"
