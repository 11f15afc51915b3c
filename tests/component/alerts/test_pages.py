"""The desk, the page of an alert, the wall: in both languages, with and without alerts."""

import httpx
import pytest
from pingshan_alerts.settings import Settings
from pingshan_kit.storage.database import Database

from tests.support.alerts.service import cookie_of, officer


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
