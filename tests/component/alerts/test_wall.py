"""The live wall: told at once, told again after a break, shown only as long as the session lives."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pingshan_alerts.entrypoints.live import MOST_SCREENS
from pingshan_alerts.settings import Settings
from pingshan_kit.storage.database import Database

from tests.support.alerts.service import Rows, Siblings, cookie_of, fresh, officer, ponding
from tests.support.tokens import TokenIssuer

Event = tuple[str, dict[str, Any], str]


@pytest.fixture(scope="module")
async def browser(database: Database, settings: Settings) -> dict[str, str]:
    return await cookie_of(database, settings, officer("water"))


@asynccontextmanager
async def _stream(
    api: httpx.AsyncClient, headers: dict[str, str], since: str = ""
) -> AsyncIterator[AsyncIterator[Event]]:
    async with api.stream("GET", "/wall/stream", params={"since": since}, headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield _events(answer)


async def _events(answer: httpx.Response) -> AsyncIterator[Event]:
    """Name, data and id."""
    fields: dict[str, str] = {}
    async for line in answer.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "event" in fields:
            yield fields["event"], json.loads(fields["data"]), fields.get("id", "")
            fields = {}


async def _next(events: AsyncIterator[Event], wanted: str, alert_id: str = "") -> Event:
    async with asyncio.timeout(15):
        async for event in events:
            if event[0] == wanted and (not alert_id or event[1]["id"] == alert_id):
                return event
    raise AssertionError("the stream ended")


async def _detect(api: httpx.AsyncClient, detector: dict[str, str], camera: str) -> str:
    answer = await api.post("/v1/detections/video", json=ponding(camera), headers=detector | fresh())
    return str(answer.json()["alert_id"])


async def test_alert_appears_changes_and_goes(
    api: httpx.AsyncClient,
    detector: dict[str, str],
    browser: dict[str, str],
    identity_tokens: TokenIssuer,
    rows: Rows,
) -> None:
    water = identity_tokens.bearer("alerts", "duty-officer", org="water")
    async with _stream(api, browser) as events:
        _, beat, _ = await _next(events, "beat")
        assert set(beat["counts"]) == {"red", "orange", "yellow", "blue"}
        alert_id = await _detect(api, detector, "PS-CAM-101")
        started = time.monotonic()
        _, shown, _ = await _next(events, "alert", alert_id)
        assert time.monotonic() - started < 2
        assert f'id="card-{alert_id}"' in shown["card"]
        assert "待应答" in shown["card"]
        assert "橙色" in shown["card"]
        assert f'id="point-{alert_id}"' in shown["point"]
        await api.post(f"/v1/alerts/{alert_id}/acknowledge", json={}, headers=water | fresh())
        assert "已应答" in (await _next(events, "alert", alert_id))[1]["card"]
        await api.post(f"/v1/alerts/{alert_id}/resolve", headers=water | fresh())
        assert (await _next(events, "alert", alert_id))[1]["card"] == ""
    seen = await rows.all(
        "SELECT state FROM delivery WHERE alert_id = $1 AND organisation = 'water' AND channel = 'wall'", alert_id
    )
    assert [row["state"] for row in seen] == ["delivered"]


async def test_what_was_missed_comes_after_a_break(
    api: httpx.AsyncClient, detector: dict[str, str], browser: dict[str, str], rows: Rows
) -> None:
    async with _stream(api, browser) as events:
        alert_id = await _detect(api, detector, "PS-CAM-102")
        _, _, event_id = await _next(events, "alert", alert_id)
    missed = await _detect(api, detector, "PS-CAM-103")
    async with _stream(api, browser | {"Last-Event-ID": event_id}) as events:
        assert (await _next(events, "alert", missed))[1]["card"]
        await _next(events, "beat")
    query = "SELECT state FROM delivery WHERE alert_id = $1 AND organisation = 'water' AND channel = 'wall'"
    assert await rows.one(query, missed) == "delivered"


@pytest.mark.parametrize("event_id", ["x", "-1", "9" * 40, "１２", ""])
async def test_strange_event_id_is_no_harm(
    api: httpx.AsyncClient, detector: dict[str, str], browser: dict[str, str], event_id: str
) -> None:
    """The stream says what happens from now on."""
    async with _stream(api, browser, since=event_id) as events:
        await _next(events, "beat")
        alert_id = await _detect(api, detector, "PS-CAM-109")
        assert (await _next(events, "alert", alert_id))[1]["card"]


async def test_stream_ends_with_the_session(
    api: httpx.AsyncClient, database: Database, settings: Settings, siblings: Siblings
) -> None:
    session = str(uuid4())
    browser = await cookie_of(database, settings, officer("fire", session=session))
    async with _stream(api, browser) as events:
        await _next(events, "beat")
        siblings.ended.add(session)
        started = time.monotonic()
        await _next(events, "signed-out")
        assert time.monotonic() - started < 2
        with pytest.raises(StopAsyncIteration):
            await anext(events)


async def test_desk_marks_what_it_shows_as_delivered(
    api: httpx.AsyncClient, detector: dict[str, str], database: Database, settings: Settings, rows: Rows
) -> None:
    alert_id = await _detect(api, detector, "PS-CAM-104")
    query = "SELECT organisation FROM delivery WHERE alert_id = $1 AND state = 'delivered' AND channel = 'app'"
    assert await rows.all(query, alert_id) == []
    await api.get("/", headers=await cookie_of(database, settings, officer("street_maluan")))
    assert [row["organisation"] for row in await rows.all(query, alert_id)] == ["street_maluan"]


async def test_acknowledged_on_the_desk(
    api: httpx.AsyncClient, detector: dict[str, str], database: Database, settings: Settings, rows: Rows
) -> None:
    alert_id = await _detect(api, detector, "PS-CAM-105")
    browser = await cookie_of(database, settings, officer("hall"))
    page = await api.get(f"/alerts/{alert_id}", headers=browser)
    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    cookies = "; ".join([browser["Cookie"], *(f"{name}={value}" for name, value in page.cookies.items())])
    form = {"csrf_token": token, "request_id": str(uuid4()), "note": "已派人", "back": "?scope=all"}
    done = await api.post(
        f"/alerts/{alert_id}/acknowledge",
        data=form,
        headers={"Cookie": cookies, "Origin": str(api.base_url).rstrip("/")},
    )
    assert (done.status_code, done.headers.get("location")) == (303, "/?scope=all"), done.text
    heard = await rows.all("SELECT organisation, note FROM acknowledgement WHERE alert_id = $1", alert_id)
    assert [(row["organisation"], row["note"]) for row in heard] == [("hall", "已派人")]


async def test_of_a_persons_screens_the_oldest_gives_way(
    api: httpx.AsyncClient, database: Database, settings: Settings, detector: dict[str, str]
) -> None:
    """One person's cookie would else fill the connections that everybody behind their address shares."""
    many, other = [await cookie_of(database, settings, officer(org)) for org in ("amr", "health")]
    async with AsyncExitStack() as screens:
        elsewhere = await screens.enter_async_context(_stream(api, other))
        opened = [await screens.enter_async_context(_stream(api, many)) for _ in range(MOST_SCREENS)]
        await _next(opened[-1], "beat")
        await screens.enter_async_context(_stream(api, many))
        await _next(opened[0], "displaced")
        with pytest.raises(AssertionError, match="ended"):
            await _next(opened[0], "beat")
        alert_id = await _detect(api, detector, "PS-CAM-117")
        for events in (elsewhere, opened[1], opened[-1]):
            await _next(events, "alert", alert_id)
