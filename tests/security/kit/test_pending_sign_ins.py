"""Sign-ins that nobody finishes: they never fill the browser's cookies, and no script begins one."""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import ClassVar

import httpx
import pytest
from pingshan_kit.auth.attempts import MOST_PENDING
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.storage.database import Database
from pingshan_kit.trust import trust_of
from pingshan_tools.edges import SERVICES
from pydantic_settings import SettingsConfigDict
from starlette.applications import Starlette

from tests.support.kit.console import browser, console
from tests.support.kit.openid_provider import FakeIdentity, answer_to, callback_address, fake_identity, sign_in
from tests.support.kit.service import alive
from tests.support.platform import TestPlatform

TABS = 40
HEADER_LIMIT = 8_192
"""Octets of one header line that nginx, the usual ingress, takes before it answers 400."""
RELYING_PARTIES = sorted(set(SERVICES) - {"identity"})
SCRIPTS: dict[str, Mapping[str, str]] = {
    "fetch": {"sec-fetch-mode": "cors", "accept": "*/*"},
    "fetch of a page": {"sec-fetch-mode": "same-origin", "accept": "text/html"},
    "htmx": {"hx-request": "true", "accept": "text/html"},
    "event stream": {"accept": "text/event-stream"},
}


@pytest.fixture(scope="module")
async def identity() -> AsyncIterator[FakeIdentity]:
    async with fake_identity() as identity:
        yield identity


@pytest.fixture(scope="module")
def party(platform: TestPlatform, identity: FakeIdentity, publisher: Database) -> Callable[[str], Starlette]:
    def made(name: str) -> Starlette:
        class Settings(ServiceSettings):
            service: ClassVar[str] = name
            model_config = SettingsConfigDict(env_prefix="PINGSHAN_TEST_")

        bound = platform.service(name, migrated=False)
        settings = bound.settings(Settings, issuer=identity.url)
        trust_of(settings).revocations.introspect = alive
        return console(settings, publisher)

    return made


@pytest.fixture
async def client(party: Callable[[str], Starlette], identity: FakeIdentity) -> AsyncIterator[httpx.AsyncClient]:
    identity.honest()
    app = party("e-license")
    async with browser(app, app.state.site.settings) as client:
        yield client


def pending(client: httpx.AsyncClient) -> list[str]:
    return [name for name in client.cookies if "-sign-in-" in name]


@pytest.mark.parametrize("service", RELYING_PARTIES)
async def test_forty_tabs_leave_four_small_cookies(
    service: str, party: Callable[[str], Starlette], identity: FakeIdentity
) -> None:
    identity.honest()
    app = party(service)
    async with browser(app, app.state.site.settings) as client:
        for tab in range(TABS):
            answer = await client.get(f"/sign-in?next=/mine?tab={tab}")
            assert answer.status_code == 303
        assert len(pending(client)) == MOST_PENDING == 4
        assert (await sign_in(client)).status_code == 303
        assert (await client.get("/mine")).status_code == 200


@pytest.mark.parametrize("service", RELYING_PARTIES)
async def test_forty_tabs_that_open_at_once_stay_below_what_servers_take(
    service: str, party: Callable[[str], Starlette]
) -> None:
    """They all begin before the first cookie is there; the next one begun takes the surplus away."""
    app = party(service)
    async with browser(app, app.state.site.settings) as client:
        answers = []
        for _ in range(TABS):
            client.cookies.clear()
            answers.append(await client.get("/sign-in?next=/mine/2026-000123"))
        for answer in answers:
            client.cookies.update(answer.cookies)
        assert len(pending(client)) == TABS
        assert len("; ".join(f"{name}={value}" for name, value in client.cookies.items())) < HEADER_LIMIT
        await client.get("/sign-in")
        assert len(pending(client)) == MOST_PENDING


async def test_the_oldest_goes_and_the_last_four_come_back(client: httpx.AsyncClient) -> None:
    addresses = [await callback_address(client, f"/mine?tab={tab}") for tab in range(6)]
    for tab in (5, 4, 3, 2):
        assert (await client.get(addresses[tab])).headers["location"] == f"/mine?tab={tab}"
    for tab in (0, 1):
        anew = await client.get(addresses[tab])
        assert (await client.get(await answer_to(anew))).headers["location"] == f"/mine?tab={tab}"
    assert not pending(client)


async def test_cookies_that_nobody_can_open_are_taken_away(client: httpx.AsyncClient) -> None:
    unreadable = [f"__Host-pingshan-e-license-sign-in-{number}" for number in range(30)]
    header = "; ".join(f"{name}=from-an-older-version" for name in unreadable)
    answer = await client.get("/sign-in", headers={"cookie": header})
    deleted = [text for text in answer.headers.get_list("set-cookie") if "Max-Age=0" in text]
    assert {text.partition("=")[0] for text in deleted} == set(unreadable)


async def test_a_long_address_does_not_make_a_large_cookie(client: httpx.AsyncClient) -> None:
    answer = await client.get("/sign-in", params={"next": f"/mine?q={'x' * 1_900}"})
    assert len(answer.headers["set-cookie"]) < 800
    assert (await sign_in(client, f"/mine?q={'x' * 1_900}")).headers["location"] == "/mine"


@pytest.mark.parametrize("kind", SCRIPTS)
@pytest.mark.parametrize("path", ["/mine", "/sign-in?next=/mine", "/signed-in"])
async def test_a_script_gets_401_and_begins_nothing(client: httpx.AsyncClient, kind: str, path: str) -> None:
    for _ in range(TABS):
        answer = await client.get(path, headers=SCRIPTS[kind])
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "PLATFORM_UNAUTHENTICATED"
        assert "set-cookie" not in answer.headers
    assert not pending(client)


async def test_a_script_whose_person_is_below_the_level_gets_401(client: httpx.AsyncClient) -> None:
    await sign_in(client)
    assert (await client.get("/strict")).status_code == 303
    answer = await client.get("/strict", headers=SCRIPTS["fetch"])
    assert (answer.status_code, answer.json()["code"]) == (401, "PLATFORM_LEVEL_TOO_LOW")
    assert 'acr_values="3"' in answer.headers["www-authenticate"]


async def test_a_script_can_ask_whether_somebody_is_signed_in(client: httpx.AsyncClient) -> None:
    await sign_in(client)
    assert (await client.get("/signed-in", headers=SCRIPTS["fetch"])).status_code == 204


async def test_a_person_who_opens_a_page_signs_in(client: httpx.AsyncClient) -> None:
    headers = {"sec-fetch-mode": "navigate", "accept": "text/html"}
    assert (await client.get("/mine", headers=headers)).headers["location"] == "/sign-in?next=%2Fmine"
    assert (await client.get("/sign-in", headers=headers)).status_code == 303
