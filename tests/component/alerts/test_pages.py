"""The desk, the page of an alert, the wall: in both languages, with and without alerts."""

import httpx
import pytest
from pingshan_alerts.settings import Settings
from pingshan_kit.storage.database import Database

from tests.support.alerts.service import Rows, cookie_of, fresh, officer
from tests.support.forms import leads_to, twice
from tests.support.tokens import TokenIssuer
from tests.support.workflow.browser import hidden_fields


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
@pytest.mark.parametrize("path", ["/", "/?scope=all&state=all", "/wall", "/channels"])
async def test_page_renders(
    api: httpx.AsyncClient, database: Database, settings: Settings, path: str, language: str
) -> None:
    browser = await cookie_of(database, settings, officer("water", "viewer", "duty-officer", "operator"))
    page = await api.get(path, headers=browser | {"Accept-Language": language})
    assert page.status_code == 200, page.text
    assert f'lang="{language}"' in page.text
    assert ("级别" in page.text or "通道" in page.text or "大屏" in page.text) == (language == "zh-Hans")


async def test_without_session_to_sign_in(api: httpx.AsyncClient) -> None:
    page = await api.get("/wall")
    assert page.status_code == 303
    assert page.headers["location"].startswith("/sign-in?")


async def test_a_double_click_acknowledges_once(
    api: httpx.AsyncClient, database: Database, settings: Settings, identity_tokens: TokenIssuer, rows: Rows
) -> None:
    bearer = identity_tokens.bearer("alerts", "duty-officer", org="water")
    alert = {
        "kind": "pump_failed",
        "title_zh": "泵站停机",
        "level": "yellow",
        "owners": ["water"],
        "labels": {"pump": "9"},
    }
    raised = (await api.post("/v1/alerts", json=alert, headers=bearer | fresh())).json()["alert_id"]
    browser = await cookie_of(database, settings, officer("water", "viewer", "duty-officer"))
    shown = await api.get(f"/alerts/{raised}", headers=browser)
    seed = shown.headers["set-cookie"].split(";")[0]
    cookies = {"Cookie": f"{browser['Cookie']}; {seed}"}
    note, action = {"note": "派人"}, f"/alerts/{raised}/acknowledge"
    shown = await api.get(f"/alerts/{raised}", headers=cookies)
    leads_to(await twice(api, shown.text, action, note, cookies))
    acts = await rows.all("SELECT act FROM entry WHERE alert_id = $1 AND act = 'acknowledged'", raised)
    assert len(acts) == 1


async def test_a_note_that_cannot_be_taken_comes_back_as_it_was_typed(
    api: httpx.AsyncClient, database: Database, settings: Settings, identity_tokens: TokenIssuer
) -> None:
    bearer = identity_tokens.bearer("alerts", "duty-officer", org="water")
    alert = {
        "kind": "pump_failed",
        "title_zh": "泵站停机",
        "level": "yellow",
        "owners": ["water"],
        "labels": {"pump": "10"},
    }
    raised = (await api.post("/v1/alerts", json=alert, headers=bearer | fresh())).json()["alert_id"]
    browser = await cookie_of(database, settings, officer("water", "viewer", "duty-officer"))
    shown = await api.get(f"/alerts/{raised}", headers=browser)
    seed = shown.headers["set-cookie"].split(";")[0]
    cookies = {"Cookie": f"{browser['Cookie']}; {seed}"}
    note, action = {"note": "派泵车\u202e，十分钟到场"}, f"/alerts/{raised}/acknowledge"
    shown = await api.get(f"/alerts/{raised}", headers=cookies)
    sent = hidden_fields(shown.text, action)
    refused = await api.post(action, data=sent | note, headers=cookies | {"Accept": "text/html"})
    assert refused.status_code == 422
    assert "派泵车" in refused.text
    assert "不超过 500 字" in refused.text
    again = hidden_fields(refused.text, action)
    assert again["request_id"] == sent["request_id"]
    taken = await api.post(action, data=again | {"note": "派泵车"}, headers=cookies)
    assert (taken.status_code, taken.headers["location"]) == (303, f"/alerts/{raised}")


async def test_acts_come_before_the_lists_and_long_lists_are_folded(
    api: httpx.AsyncClient, database: Database, settings: Settings, identity_tokens: TokenIssuer
) -> None:
    bearer = identity_tokens.bearer("alerts", "duty-officer", org="water")
    owners = ["water", "fire", "amr", "urban", "health", "transport", "housing", "ecology", "education"]
    alert = {"kind": "pump_failed", "title_zh": "泵站停机", "level": "yellow", "labels": {"pump": "11"}}
    raised = (await api.post("/v1/alerts", json=alert | {"owners": owners}, headers=bearer | fresh())).json()
    browser = await cookie_of(database, settings, officer("water", "viewer", "duty-officer"))
    shown = (await api.get(f"/alerts/{raised['alert_id']}?language=en", headers=browser)).text
    places = [shown.index(text) for text in ("/acknowledge", "/resolve", "<table", "Deliveries", "Timeline")]
    assert places == sorted(places)
    assert "<details><summary>Deliveries" in shown
    few = alert | {"owners": ["water"], "labels": {"pump": "12"}}
    raised = (await api.post("/v1/alerts", json=few, headers=bearer | fresh())).json()
    shown = (await api.get(f"/alerts/{raised['alert_id']}?language=en", headers=browser)).text
    assert "<details open><summary>Deliveries" in shown
