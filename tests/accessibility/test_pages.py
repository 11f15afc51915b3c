"""axe finds nothing on the main pages of all five services, in both languages (WCAG 2.2 A and AA, best practices)."""

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from tests.support.journey import main_pages, sign_in
from tests.support.played import Played
from tests.support.running import RunningPlatform

_OPTIONS = {"resultTypes": ["violations"], "preload": False, "iframes": False}
"""No page of ours has frames or media; without preloading axe reads no style sheet twice."""


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
async def test_axe_finds_nothing(
    browser: Browser, running_platform: RunningPlatform, played: Played, language: str
) -> None:
    found: list[str] = []
    pages = list(main_pages(played))
    for login in dict.fromkeys(page.login for page in pages):
        context = await browser.new_context(locale=language, viewport={"width": 1280, "height": 900})
        page = await context.new_page()
        if login:
            await sign_in(page, running_platform, login)
        for shown in (each for each in pages if each.login == login):
            await page.goto(shown.address(running_platform))
            assert await page.locator("html").get_attribute("lang") == language
            found += [f"{shown.service}{shown.path}: {line}" for line in await _violations(page)]
        await context.close()
    assert found == [], "\n".join(found)


async def _violations(page: Page) -> list[str]:
    """One line for each rule that is broken: the rule, and where."""
    broken: list[dict[str, Any]] = (await Axe().run(page, options=_OPTIONS)).response["violations"]
    return [f"{rule['id']} ({rule['impact']}): {_places(rule)}" for rule in broken]


def _places(rule: dict[str, Any]) -> str:
    return ", ".join(f"{node['target'][0]} {node['html'][:120]}" for node in rule["nodes"][:3])
