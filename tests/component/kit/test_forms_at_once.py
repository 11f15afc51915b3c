"""Many of the same form at once: a few wait for the first, cheaply, and the rest is refused at once."""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from pingshan_kit.http import Application
from pingshan_kit.shares import MOST_WAITING, MOST_WAITING_PER_PEER
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import FORM, command
from sqlalchemy import update

from tests.support.kit.console import browser, console, csrf_token
from tests.support.kit.service import ELicense

AT_ONCE = 60


@pytest.fixture
def app(settings: ELicense, publisher: Database) -> Application:
    return console(settings, publisher)


@pytest.fixture
async def client(app: Application, settings: ELicense) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(app, settings) as client:
        yield client


async def form_of(client: httpx.AsyncClient, wish: str) -> dict[str, str]:
    return {"csrf_token": await csrf_token(client), "form_key": secrets.token_hex(32), "wish": wish}


async def at_once(client: httpx.AsyncClient, forms: list[dict[str, str]]) -> list[httpx.Response]:
    """All of them as one browser sends them, with the cookies that it has before."""
    held = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    return list(await asyncio.gather(*(client.post("/act", data=form, headers={"Cookie": held}) for form in forms)))


async def test_a_few_wait_for_the_first_and_the_rest_is_refused_before_it_has_acted(
    client: httpx.AsyncClient, app: Application
) -> None:
    answers = await at_once(client, [await form_of(client, "redirect")] * AT_ONCE)
    assert app.state.acts == ["redirect"]
    assert Counter(answer.status_code for answer in answers) == {303: 1 + MOST_WAITING, 429: AT_ONCE - 1 - MOST_WAITING}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.json()["code"] == "PLATFORM_FORM_UNDER_WAY"
    assert int(refused.headers["retry-after"]) > 0


@pytest.mark.parametrize("wish", ["later", "busy"])
async def test_who_waits_gets_a_refusal_of_the_first_too_and_nobody_acts_for_it_again(
    client: httpx.AsyncClient, app: Application, wish: str
) -> None:
    """503 and 429 ask for the form once more, later: not by all who wait, one after the other."""
    form = await form_of(client, wish)
    answers = await at_once(client, [form] * (1 + MOST_WAITING))
    assert app.state.acts == [wish]
    assert len({(answer.status_code, answer.text) for answer in answers}) == 1
    await client.post("/act", data=form)
    assert app.state.acts == [wish, wish], "sent later it acts"


async def test_where_the_first_fails_one_of_those_who_wait_acts(client: httpx.AsyncClient, app: Application) -> None:
    answers = await at_once(client, [await form_of(client, "break-once")] * 3)
    assert sorted(answer.status_code for answer in answers) == [401, 401, 500]
    assert app.state.acts == ["break-once"] * 2


async def test_one_client_waits_in_few_places_whatever_forms_it_sends(
    client: httpx.AsyncClient, app: Application
) -> None:
    forms = [await form_of(client, "redirect") for _ in range(2 * MOST_WAITING_PER_PEER)]
    answers = await at_once(client, [form for form in forms for _ in range(2)])
    refused = [answer.status_code for answer in answers].count(429)
    assert refused == MOST_WAITING_PER_PEER
    assert len(app.state.acts) == len(forms)


async def test_who_waits_asks_postgresql_for_nothing(
    client: httpx.AsyncClient, publisher: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Callable[[], object]] = []

    def noting(way: Callable[[], object]) -> Callable[[], object]:
        def noted() -> object:
            asked.append(way)
            return way()

        return noted

    for name in ("begin", "read"):
        monkeypatch.setattr(publisher, name, noting(getattr(publisher, name)))
    await at_once(client, [await form_of(client, "redirect")])
    alone = len(asked)
    await at_once(client, [await form_of(client, "redirect")] * AT_ONCE)
    assert len(asked) == 2 * alone


async def test_one_looks_for_the_answer_of_another_process_for_all_who_wait(
    client: httpx.AsyncClient, app: Application, publisher: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As behind two replicas: the first acts where this process cannot see it."""
    form = await form_of(client, "redirect")
    await client.post("/act", data=form)
    async with publisher.begin() as tx:
        answer = (await tx.execute(command.select().where(command.c.caller == FORM))).mappings().all()[-1]
        row = (command.c.caller == FORM) & (command.c.request_id == answer["request_id"])
        await tx.execute(update(command).where(row).values(response=None))
    began = time.monotonic()
    looks = 0
    way = publisher.read

    def read() -> object:
        nonlocal looks
        looks += 1
        return way()

    monkeypatch.setattr(publisher, "read", read)
    waiting = asyncio.gather(*(client.post("/act", data=form) for _ in range(1 + MOST_WAITING)))
    await asyncio.sleep(2)
    async with publisher.begin() as tx:
        await tx.execute(update(command).where(row).values(response=answer["response"]))
    answers = await waiting
    assert time.monotonic() - began < 4
    assert {each.headers["location"] for each in answers} == {"/done/1"}
    assert app.state.acts == ["redirect"]
    assert looks < 20
