"""An alert's point on the wall, whatever characters a title has that was stored before titles were lines."""

import html
import json
import re
from typing import Any

import httpx
from pingshan_alerts.settings import Settings
from pingshan_kit.storage.database import Database

from tests.support.alerts.service import Rows, cookie_of, fresh, officer, ponding
from tests.support.browser import chromium

TITLE = "积水 <b>&amp;</b> \x1b\x0b\x07\ufffe\u202e"
_SVG = "http://www.w3.org/2000/svg"


async def test_no_character_of_a_title_loses_the_point(
    api: httpx.AsyncClient, database: Database, settings: Settings, detector: dict[str, str], rows: Rows
) -> None:
    answer = await api.post("/v1/detections/video", json=ponding("PS-CAM-104"), headers=detector | fresh())
    alert_id = answer.json()["alert_id"]
    cookie = await cookie_of(database, settings, officer("water"))
    page = (await api.get("/wall", headers=cookie)).text
    point = re.search(rf'<a class="point[^"]*" id="point-{alert_id}".*?</a>', page, re.DOTALL)
    assert point is not None
    told = re.sub("<title>.*?</title>", lambda _: f"<title>{html.escape(TITLE)}</title>", point[0], flags=re.DOTALL)
    event: dict[str, Any] = {"id": alert_id, "card": "", "point": f"\n{told}\n"}
    stream = f"event: alert\ndata: {json.dumps(event)}\n\n"
    async with chromium() as browser:
        context = await browser.new_context(locale="zh-CN")
        await context.set_extra_http_headers(cookie)
        seen = await context.new_page()
        await seen.route("**/wall/stream*", lambda route: route.fulfill(content_type="text/event-stream", body=stream))
        await seen.goto(f"{api.base_url}/wall", wait_until="domcontentloaded")
        await seen.wait_for_function("document.querySelector('#points').lastElementChild?.textContent.includes('<b>')")
        found = seen.locator(f"#points > #point-{alert_id}")
        assert await found.count() == 1
        assert await found.evaluate("each => [each, ...each.children].map(one => one.namespaceURI)") == [_SVG] * 3
        title = await found.locator("title").evaluate("each => each.textContent")
        assert title == TITLE
        box = await found.bounding_box()
        assert box is not None
        assert box["width"] > 0
