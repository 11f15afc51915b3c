"""Nothing of a page is cut: neither the page nor a part of it has to be pushed sideways.

On a phone of 390 px, and in a window of 1,100 px, in which tables stand as tables; there only lines of code may be.
"""

from datetime import timedelta

import pytest
from pingshan_identity.domain.sign_in.network import network_of
from pingshan_identity.domain.sign_in.throttle import Counted
from pingshan_identity.settings import Settings
from pingshan_identity.store.sign_in import throttles
from pingshan_identity.store.sign_in.throttles import Count
from pingshan_kit import audit_log, clock
from pingshan_values.actor import ANONYMOUS
from playwright.async_api import Browser

from tests.support.identity.dependencies import dependencies
from tests.support.identity.parties import Identity
from tests.support.platform import BoundService

CUT = """() => [document.documentElement, ...document.querySelectorAll("body *")].filter(
  (each) => each.scrollWidth > each.clientWidth + 1 && !each.closest("thead")
    && !each.matches(innerWidth > 640 ? "input, select, textarea, pre" : "input, select, textarea")
    && (each === document.documentElement || ["auto", "scroll", "hidden"].includes(getComputedStyle(each).overflowX))
).map((each) => `${each.tagName}.${each.className} ${each.scrollWidth} of ${each.clientWidth}`)"""


@pytest.fixture(scope="module", autouse=True)
async def long_words(bound_identity: BoundService, identity: Identity) -> None:
    """What makes tables wide: ids without a space, a network of IPv6, the name of a client of sixty characters."""
    client = "a-registered-client-with-a-very-long-identifier-of-60-letters"
    async with dependencies(bound_identity.settings(Settings)) as deps, deps.database.begin() as tx:
        for address in ("2001:db8:1234:5678::1", "192.0.2.1"):
            count = Count(Counted.PUSHED_ON_NETWORK, address.encode(), None, f"{client} {network_of(address)}")
            await throttles.note_refused(tx, deps.personal, count, clock.now() + timedelta(hours=1), clock.now())
        details = {"sign_out_id": "0190f3c2" * 8, "system": client, "values": ["x" * 60]}
        await audit_log.append(
            tx, actor=ANONYMOUS, act="client.registered", subject=f"client:{client}", details=details
        )


@pytest.mark.parametrize("width", [390, 1100])
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
@pytest.mark.parametrize(
    ("login", "paths"),
    [
        ("water01", ["/", "/account", "/sign-in-record", "/sign-outs", "/account/security", "/components"]),
        (
            "admin01",
            [
                "/admin/organisation",
                "/admin/organisation/water",
                "/admin/imports",
                "/admin/connect",
                "/admin/clients/mail",
            ],
        ),
        (
            "secadmin01",
            [
                "/admin/people",
                "/admin/clients",
                "/admin/clients/oa",
                "/admin/changes",
                "/admin/sessions",
                "/admin/throttles",
                "/admin/duties",
            ],
        ),
        ("audit01", ["/admin/records", "/admin/sign-outs", "/dead-letters"]),
    ],
)
async def test_nothing_is_cut(
    identity: Identity, browser: Browser, login: str, paths: list[str], language: str, width: int
) -> None:
    cookies = "; ".join(f"{name}={value}" for name, value in identity.signed_in(login).cookies.items())
    context = await browser.new_context(
        locale=language, viewport={"width": width, "height": 844}, extra_http_headers={"Cookie": cookies}
    )
    page = await context.new_page()
    found = []
    for path in paths:
        await page.goto(identity.url + path)
        assert await page.locator("html").get_attribute("lang") == language
        found += [f"{path}: {each}" for each in await page.evaluate(CUT)]
    await context.close()
    assert found == [], "\n".join(found)


@pytest.mark.parametrize("width", [390, 360])
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
@pytest.mark.parametrize("login", ["admin01", "secadmin01", "audit01"])
async def test_the_menu_of_administrators_leaves_room_for_the_page(
    identity: Identity, browser: Browser, login: str, language: str, width: int
) -> None:
    """Without scripts: where one is, and the rest when asked."""
    cookies = "; ".join(f"{name}={value}" for name, value in identity.signed_in(login).cookies.items())
    context = await browser.new_context(
        locale=language,
        viewport={"width": width, "height": 844},
        extra_http_headers={"Cookie": cookies},
        java_script_enabled=False,
    )
    page = await context.new_page()
    await page.goto(f"{identity.url}/admin/duties")
    folded = await page.locator("header.frame").bounding_box()
    assert folded is not None
    assert folded["height"] < 230
    here = {"zh-Hans": "管理员职责", "en": "Administrators' duties"}[language]
    link = page.get_by_role("link", name=here, exact=True)
    assert await link.count() == 0
    menu = page.locator("details.tabs-fold summary").last
    assert here in await menu.inner_text()
    await menu.focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.closest('details.tabs-fold') !== null")
    assert await link.get_attribute("aria-current") == "page"
    assert (await link.bounding_box() or {"height": 0})["height"] >= 44
    await context.close()
