"""Screens whose session ended: they say so and how to go on, and begin no sign-in by themselves."""

import asyncio

import httpx
import pytest
from pingshan_alerts.settings import Settings
from pingshan_kit.storage.database import Database

from tests.support.alerts.service import cookie_of, officer
from tests.support.browser import chromium

WORDS = {"zh-CN": ("您的登录已经结束", "重新登录"), "en": ("You are signed out", "Sign in again")}


@pytest.mark.parametrize("path", ["/wall", "/"])
@pytest.mark.parametrize("language", WORDS)
async def test_the_screen_says_that_its_session_is_over(
    api: httpx.AsyncClient, database: Database, settings: Settings, path: str, language: str
) -> None:
    header = await cookie_of(database, settings, officer("water"))
    address = str(api.base_url)
    asked: list[str] = []
    async with chromium() as browser:
        context = await browser.new_context(locale=language)
        await context.set_extra_http_headers(header)
        page = await context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        await page.route("**/wall/stream*", lambda route: route.abort())
        await page.goto(f"{address}{path}", wait_until="domcontentloaded")
        await page.unroute("**/wall/stream*")
        await context.set_extra_http_headers({})
        notice = page.locator("#content .notice.error[role=alert]", has=page.locator("[data-again]"))
        if path == "/":
            await page.evaluate("new EventSource('/wall/stream')")
            await page.evaluate("import('/static/ui/pingshan.js').then((base) => base.checkSignedIn())")
        await notice.wait_for(timeout=30_000)
        sentence, link = WORDS[language]
        assert sentence in await notice.inner_text()
        again = notice.get_by_role("link", name=link)
        assert await again.get_attribute("href") == path
        await asyncio.sleep(3)
        assert await notice.count() == 1
        assert not [url for url in asked if "/sign-in" in url]
        held = [cookie["name"] for cookie in await context.cookies()]
        assert not [name for name in held if "-sign-in-" in name]


@pytest.mark.parametrize("path", ["/wall", "/"])
@pytest.mark.parametrize("end", ["signed-out", "displaced"])
async def test_a_screen_that_is_told_so_by_its_stream_says_it_and_stays(
    api: httpx.AsyncClient, database: Database, settings: Settings, path: str, end: str
) -> None:
    told = f"retry: 2000\n\nevent: {end}\ndata: {{}}\n\n"
    asked: list[str] = []
    async with chromium() as browser:
        context = await browser.new_context(locale="zh-CN")
        await context.set_extra_http_headers(await cookie_of(database, settings, officer("water")))
        page = await context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        await page.route("**/wall/stream*", lambda route: route.fulfill(content_type="text/event-stream", body=told))
        await page.goto(f"{api.base_url}{path}", wait_until="domcontentloaded")
        notice = page.locator("#content .notice.error[role=alert]", has=page.locator("[data-again]"))
        await notice.wait_for(timeout=30_000)
        await asyncio.sleep(4)
        assert await notice.count() == 1
        assert await notice.is_visible()
        assert len([url for url in asked if url.endswith(path)]) == 1, "nobody is led away from the screen"
        assert len([url for url in asked if "/wall/stream" in url]) == 1, "a stream that is over is not opened again"


async def test_forty_reconnections_of_a_wall_set_no_cookie(api: httpx.AsyncClient) -> None:
    for _ in range(40):
        answer = await api.get("/wall/stream", headers={"accept": "text/event-stream"})
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
        assert "set-cookie" not in answer.headers
