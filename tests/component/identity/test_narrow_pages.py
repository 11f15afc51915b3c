"""On a phone of 390 px nothing of a page is cut: neither the page nor a part of it has to be pushed sideways."""

import pytest
from playwright.async_api import Browser

from tests.support.identity.parties import Identity

CUT = """() => [document.documentElement, ...document.querySelectorAll("body *")].filter(
  (each) => each.scrollWidth > each.clientWidth + 1 && !each.closest("thead")
    && !each.matches("input, select, textarea")
    && (each === document.documentElement || ["auto", "scroll", "hidden"].includes(getComputedStyle(each).overflowX))
).map((each) => `${each.tagName}.${each.className} ${each.scrollWidth} of ${each.clientWidth}`)"""


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
@pytest.mark.parametrize(
    ("login", "paths"),
    [
        ("water01", ["/", "/account", "/sign-in-record", "/sign-outs", "/account/security", "/components"]),
        ("admin01", ["/admin/connect", "/admin/clients/mail"]),
        ("secadmin01", ["/admin/people", "/admin/clients", "/admin/clients/oa", "/admin/changes", "/admin/sessions"]),
        ("audit01", ["/admin/records", "/admin/sign-outs"]),
    ],
)
async def test_nothing_is_cut(
    identity: Identity, browser: Browser, login: str, paths: list[str], language: str
) -> None:
    cookies = "; ".join(f"{name}={value}" for name, value in identity.signed_in(login).cookies.items())
    context = await browser.new_context(
        locale=language, viewport={"width": 390, "height": 844}, extra_http_headers={"Cookie": cookies}
    )
    page = await context.new_page()
    found = []
    for path in paths:
        await page.goto(identity.url + path)
        assert await page.locator("html").get_attribute("lang") == language
        found += [f"{path}: {each}" for each in await page.evaluate(CUT)]
    await context.close()
    assert found == []
