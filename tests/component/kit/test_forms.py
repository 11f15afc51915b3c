"""A form that is sent twice acts once, and its second answer is the first one's."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pingshan_kit.http import Application
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import FORM, command
from pingshan_ui import environment
from sqlalchemy import select, update
from starlette.requests import Request

from tests.support.kit.console import browser, console, csrf_token
from tests.support.kit.service import ELicense

TEMPLATES = Path(__file__).parents[3]


@pytest.fixture
def app(settings: ELicense, publisher: Database) -> Application:
    return console(settings, publisher)


@pytest.fixture
async def client(app: Application, settings: ELicense) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(app, settings) as client:
        yield client


async def form_of(client: httpx.AsyncClient, wish: str) -> dict[str, str]:
    return {"csrf_token": await csrf_token(client), "form_key": secrets.token_hex(32), "wish": wish}


async def twice(client: httpx.AsyncClient, form: dict[str, str]) -> list[httpx.Response]:
    """A double click."""
    return list(await asyncio.gather(client.post("/act", data=form), client.post("/act", data=form)))


async def test_a_double_click_acts_once_and_both_lead_to_the_same(client: httpx.AsyncClient, app: Application) -> None:
    first, second = await twice(client, await form_of(client, "redirect"))
    assert app.state.acts == ["redirect"]
    assert first.headers["location"] == second.headers["location"] == "/done/1"
    assert first.headers["set-cookie"] == second.headers["set-cookie"]


async def test_a_wrong_word_counts_once(client: httpx.AsyncClient, app: Application) -> None:
    answers = await twice(client, await form_of(client, "wrong"))
    assert [(answer.status_code, answer.text) for answer in answers] == [(401, "wrong 1")] * 2
    assert app.state.acts == ["wrong"]


async def test_with_a_file_too(client: httpx.AsyncClient, app: Application) -> None:
    """Browsers choose another boundary each time."""
    form = await form_of(client, "file")
    for _ in range(2):
        answer = await client.post("/act", data=form, files={"scan": ("scan.pdf", b"x")})
        assert answer.text == "wrong 1"
    assert app.state.acts == ["file"]


async def test_a_file_that_is_shown_once_is_the_answer_of_both(client: httpx.AsyncClient, app: Application) -> None:
    """First passwords can be fetched once: a double click must not lose them."""
    first, second = await twice(client, await form_of(client, "sheet"))
    assert (first.text, second.text) == ("sheet 1", "sheet 1")
    assert second.headers["content-disposition"] == first.headers["content-disposition"]
    assert app.state.acts == ["sheet"]


async def test_after_a_503_the_same_form_acts(client: httpx.AsyncClient, app: Application) -> None:
    form = await form_of(client, "fail-once")
    assert [(await client.post("/act", data=form)).status_code for _ in range(3)] == [503, 200, 200]
    assert app.state.acts == ["fail-once"] * 2


async def test_after_a_failure_the_same_form_acts(client: httpx.AsyncClient, app: Application) -> None:
    form = await form_of(client, "break-once")
    assert [(await client.post("/act", data=form)).status_code for _ in range(2)] == [500, 401]
    assert app.state.acts == ["break-once"] * 2


async def test_another_rendering_or_another_content_acts(client: httpx.AsyncClient, app: Application) -> None:
    form = await form_of(client, "one")
    for each in (form, form | {"wish": "two"}, await form_of(client, "one")):
        await client.post("/act", data=each)
    assert app.state.acts == ["one", "two", "one"]


async def test_another_browser_gets_nothing_of_it(
    client: httpx.AsyncClient, app: Application, settings: ELicense
) -> None:
    form = await form_of(client, "redirect")
    await client.post("/act", data=form)
    async with browser(app, settings) as other:
        answer = await other.post("/act", data=form | {"csrf_token": await csrf_token(other)})
    assert answer.headers["location"] == "/done/2"


async def test_what_is_kept_says_nothing_and_is_over_soon(client: httpx.AsyncClient, publisher: Database) -> None:
    form = await form_of(client, "redirect")
    await client.post("/act", data=form)
    async with publisher.begin() as tx:
        kept = (await tx.execute(select(command.c.response).where(command.c.caller == FORM))).scalars().all()
        assert kept
        assert all("/done/" not in str(each) for each in kept)
        await tx.exec_driver_sql("UPDATE command SET created_at = created_at - interval '11 minutes'")
    assert (await client.post("/act", data=form)).headers["location"] == "/done/2"


async def test_who_took_a_form_and_died_is_given_up(
    client: httpx.AsyncClient, app: Application, publisher: Database
) -> None:
    form = await form_of(client, "redirect")
    await client.post("/act", data=form)
    async with publisher.begin() as tx:
        lost = update(command).where(command.c.caller == FORM).values(response=None)
        await tx.execute(lost)
        await tx.exec_driver_sql("UPDATE command SET created_at = created_at - interval '61 seconds'")
    assert (await client.post("/act", data=form)).headers["location"] == "/done/2"


def test_every_form_of_all_services_carries_its_key() -> None:
    """The kit's middleware stands before all pages, so that the key is all that a form needs.

    Of a form that leads to another system we know nothing more, and that system must not learn our key.
    """
    request = Request({"type": "http", "headers": [], "state": {"csrf_token": "t"}})
    env = environment(TEMPLATES, zh="", en="")
    template = env.from_string("{{ csrf_field(request) }}")
    keys = re.findall('name="form_key" value="([0-9a-f]{64})"', template.render(request=request))
    keys += re.findall('name="form_key" value="([0-9a-f]{64})"', template.render(request=request))
    assert len(set(keys)) == 2
    for page in (*TEMPLATES.glob("services/**/templates/**/*.html"), *TEMPLATES.glob("libs/**/templates/**/*.html")):
        for form in re.findall(r'<form[^>]*method="post".*?</form>', page.read_text("utf-8"), re.DOTALL):
            if 'action="{{ answer.redirect_uri }}"' in form:
                assert "csrf_field" not in form, page
                continue
            assert "csrf_field(request)" in form or '{% include "captive/kept.html" %}' in form, page
