"""Hundreds of live alerts: no screen keeps the event loop from others for 200 ms, and the wall has an end."""

import asyncio
import json
import time

import httpx
import pytest
from pingshan_alerts.settings import Settings
from pingshan_alerts.usecases.handling.read_wall import MOST_ALERTS
from pingshan_kit.storage.database import Database
from playwright.async_api import Browser, Page

from tests.support.alerts.service import Rows, cookie_of, officer
from tests.support.browser import chromium
from tests.support.loop_lag import tries
from tests.support.tokens import TokenIssuer

ALERTS = 700
PAGES = ["/wall", "/?scope=all&state=all", "/?scope=all&state=all&page_size=200"]
ADD = """
INSERT INTO alert (year, kind, source, title_zh, title_en, level, fingerprint, owners, street, lon, lat, labels)
SELECT 2026, 'ponding', 'api', '道路积水' || n, 'Water on the road ' || n, 1 + n % 4, $2 || n, '{water}', 'maluan',
       114.3 + n / 10000.0, 22.7, '{}' FROM generate_series(1, $1) AS n
"""


@pytest.fixture(scope="module")
async def browser(database: Database, settings: Settings) -> dict[str, str]:
    return await cookie_of(database, settings, officer("water"))


@pytest.fixture(scope="module")
async def many(api: httpx.AsyncClient, rows: Rows) -> httpx.AsyncClient:
    """The service with 700 live alerts."""
    await rows.all(ADD, ALERTS, "many")
    return api


async def missed(api: httpx.AsyncClient, headers: dict[str, str]) -> int:
    """Alerts that a wall is told which was away for a while."""
    found = 0
    since = str(int(time.time() * 1000))
    async with asyncio.timeout(30), api.stream("GET", f"/wall/stream?since={since}", headers=headers) as answer:
        async for line in answer.aiter_lines():
            found += line.startswith("data: ") and "card" in json.loads(line[6:])
            if found >= 500:
                break
    return found


async def test_no_screen_holds_up_the_loop(
    many: httpx.AsyncClient, browser: dict[str, str], identity_tokens: TokenIssuer, rows: Rows
) -> None:
    address = str(many.base_url)
    for path in PAGES:
        for _ in tries(address, path):
            assert (await many.get(path, headers=browser)).status_code == 200
    bearer = identity_tokens.bearer("alerts", "duty-officer", org="water")
    for _ in tries(address, "the list of REST"):
        answer = await many.get("/v1/alerts?page_size=200", headers=bearer)
        assert len(answer.json()["alerts"]) == 200
    for _ in tries(address, "a wall that comes back"):
        await rows.all("UPDATE alert SET updated_at = now()")
        assert await missed(many, browser) == 500


async def test_the_wall_shows_so_many_and_no_more(many: httpx.AsyncClient, browser: dict[str, str], rows: Rows) -> None:
    async with chromium() as chrome:
        page = await signed_in(chrome, browser, str(many.base_url))
        await page.goto(f"{many.base_url}/wall")
        await stands_on(page, MOST_ALERTS)
        await rows.all(ADD, 100, "more")
        newest = "SELECT alert_id FROM alert WHERE fingerprint LIKE 'more%' AND level = 1 ORDER BY number DESC LIMIT 1"
        await page.locator(f"#card-{await rows.one(newest)}").wait_for(state="attached", timeout=60_000)
        await stands_on(page, MOST_ALERTS)
        assert await page.locator("#points > a").count() <= MOST_ALERTS
        shown = await page.locator("#cards > li").first.get_attribute("id")
        assert shown == f"card-{await rows.one(newest)}", "the gravest and newest stands first"


async def test_what_had_no_place_comes_when_there_is_one(
    many: httpx.AsyncClient, browser: dict[str, str], rows: Rows
) -> None:
    async with chromium() as chrome:
        page = await signed_in(chrome, browser, str(many.base_url))
        await page.goto(f"{many.base_url}/wall")
        await stands_on(page, MOST_ALERTS)
        await rows.all(
            "UPDATE alert SET state = 'resolved', version = version + 1, updated_at = now() WHERE alert_id IN "
            "(SELECT alert_id FROM alert WHERE state <> 'resolved' ORDER BY level, number DESC LIMIT 200)"
        )
        await page.locator(f"#cards > li:nth-child({MOST_ALERTS - 150})").wait_for(state="detached", timeout=60_000)
        await page.locator(f"#cards > li:nth-child({MOST_ALERTS})").wait_for(state="attached", timeout=60_000)
        left = int(await rows.one("SELECT count(*) FROM alert WHERE state <> 'resolved'"))
        assert left >= MOST_ALERTS


async def signed_in(chrome: Browser, header: dict[str, str], address: str) -> Page:
    context = await chrome.new_context()
    name, _, value = header["Cookie"].partition("=")
    secure = address.replace("http://", "https://")  # for localhost browsers keep `__Host-` all the same
    await context.add_cookies([{"name": name, "value": value, "url": secure, "secure": True, "httpOnly": True}])
    return await context.new_page()


async def stands_on(page: Page, count: int) -> None:
    await page.locator(f"#cards > li:nth-child({count})").wait_for(state="attached", timeout=30_000)
    assert await page.locator("#cards > li").count() == count
