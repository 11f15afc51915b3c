"""PostgreSQL away while walls are open: they say that they hear no news, and go on; no stack is logged."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from pingshan_alerts.settings import Settings
from pingshan_kit.storage.database import Database
from sqlalchemy import make_url

from tests.support.alerts.service import Carrier, Siblings, cookie_of, fresh, officer, ponding
from tests.support.browser import chromium
from tests.support.platform import BoundService, TestPlatform
from tests.support.servers import Running

SCREENS = 8


class Line:
    """The line to PostgreSQL, which can be cut."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        assert self._server
        self._server.close()
        for writer in list(self._open):
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        self._open |= {writer, back}
        await asyncio.gather(_pump(reader, back), _pump(there, writer))
        self._open -= {writer, back}


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    writer.close()


@pytest.fixture(scope="module")
async def line(bound: BoundService) -> AsyncIterator[Line]:
    line = Line(make_url(bound.fields["database_url"]).port or 5432)
    await line.mend()
    yield line
    await line.cut()


@pytest.fixture(scope="module")
def process(platform: TestPlatform, bound: BoundService, siblings: Siblings, carrier: Carrier, line: Line) -> Running:
    through = make_url(bound.fields["database_url"]).set(port=line.port)
    return platform.start("alerts", database_url=through.render_as_string(hide_password=False))


@pytest.fixture(scope="module")
async def api(process: Running, platform: TestPlatform) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=platform.addresses.url("alerts"), trust_env=False, timeout=15) as client:
        yield client


@pytest.fixture(scope="module")
async def database(settings: Settings) -> AsyncIterator[Database]:
    """Past the line."""
    database = Database.from_settings(settings)
    yield database
    await database.close()


class Screen:
    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.ended = False

    async def watch(self, api: httpx.AsyncClient, headers: dict[str, str]) -> None:
        async with api.stream("GET", "/wall/stream", headers=headers, timeout=60) as answer:
            name = ""
            async for text in answer.aiter_lines():
                if text.startswith("event: "):
                    name = text[7:]
                elif text.startswith("data: "):
                    self.heard.append((name, text[6:]))
        self.ended = True

    def has(self, name: str, part: str = "") -> bool:
        return any(each == name and part in data for each, data in self.heard)


def log_of(process: Running) -> str:
    return process.log_file.read_text(encoding="utf-8", errors="replace")


async def eventually(screens: list[Screen], name: str, part: str = "") -> None:
    async with asyncio.timeout(30):
        while not all(screen.has(name, part) for screen in screens):  # noqa: ASYNC110 - streams of another process
            await asyncio.sleep(0.1)


async def test_streams_say_that_they_hear_no_news_and_go_on(
    api: httpx.AsyncClient,
    line: Line,
    process: Running,
    database: Database,
    settings: Settings,
    detector: dict[str, str],
) -> None:
    headers = await cookie_of(database, settings, officer("water"))
    screens = [Screen() for _ in range(SCREENS)]
    watching = [asyncio.create_task(screen.watch(api, headers)) for screen in screens]
    await eventually(screens, "beat")
    await line.cut()
    await eventually(screens, "no-news")
    await asyncio.sleep(5)
    assert not [screen for screen in screens if screen.ended], "a stream ended while it could have waited"
    since = {json.loads(data)["since"] for name, data in screens[0].heard if name == "no-news"}
    assert len(since) == 1, "since when there is no news does not move while there is none"
    for screen in screens:
        screen.heard.clear()
    await line.mend()
    await eventually(screens, "beat")
    answer = await api.post("/v1/detections/video", json=ponding("PS-CAM-107"), headers=detector | fresh())
    await eventually(screens, "alert", answer.json()["alert_id"])
    async with asyncio.timeout(30):
        while "live.resumed" not in log_of(process):  # noqa: ASYNC110 - a line of another process
            await asyncio.sleep(0.1)
    for task in watching:
        task.cancel()
    await asyncio.gather(*watching, return_exceptions=True)
    log = log_of(process)
    assert "Traceback" not in log
    assert [text for text in log.splitlines() if "wall" in text and '"level": "error"' in text] == []
    assert log.count("live.interrupted") == log.count("live.resumed") == 1


async def test_the_wall_says_since_when_and_forgets_it_again(
    api: httpx.AsyncClient, line: Line, database: Database, settings: Settings
) -> None:
    async with chromium() as browser:
        context = await browser.new_context(locale="zh-CN")
        name, _, value = (await cookie_of(database, settings, officer("water")))["Cookie"].partition("=")
        secure = str(api.base_url).replace("http://", "https://")  # for localhost browsers keep `__Host-` all the same
        await context.add_cookies([{"name": name, "value": value, "url": secure, "secure": True, "httpOnly": True}])
        page = await context.new_page()
        await page.goto(f"{api.base_url}/wall")
        lost = page.locator("#lost")
        await page.wait_for_timeout(1_500)
        assert not await lost.is_visible()
        await line.cut()
        await lost.wait_for(state="visible", timeout=15_000)
        said = await lost.inner_text()
        assert "收不到新告警" in said
        assert await page.locator("#lost-since").inner_text()
        await line.mend()
        await lost.wait_for(state="hidden", timeout=30_000)
