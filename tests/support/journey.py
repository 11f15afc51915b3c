"""People at a browser: signing in, the main pages of the five services, and what a page must never do."""

from collections.abc import Iterator
from dataclasses import dataclass

from pingshan_tools.edges import SERVICES
from pingshan_tools.sign_ins import code_now
from playwright.async_api import ConsoleMessage, Page, expect

from tests.support.played import Played
from tests.support.running import RunningPlatform
from tests.support.servers import wait_for


@dataclass(frozen=True)
class MainPage:
    login: str
    """Empty: nobody signs in."""
    service: str
    """Or `simulators`: the controller that leads a device to the portal."""
    path: str

    def address(self, platform: RunningPlatform) -> str:
        if self.service == "simulators":
            return f"http://localhost:{platform.ports.simulators}{self.path}"
        return f"{platform.url(self.service)}{self.path}"


def main_pages(played: Played) -> Iterator[MainPage]:
    """With what the demo left, so that none is empty."""
    case = played.id("filing", "case_id")
    yield MainPage("", "identity", "/sign-in")
    yield MainPage("", "simulators", JOIN)
    yield MainPage("", "wifi-portal", played.path("online", "status_page"))
    yield MainPage("", "e-license", "/catalogue")
    yield MainPage("", "e-license", "/log")
    yield MainPage("operator01", "identity", "/")
    yield MainPage("operator01", "identity", "/account")
    for path in ("/account/consents", "/account/passkeys", "/account/upstreams", "/account/security", "/device"):
        yield MainPage("operator01", "identity", path)
    yield MainPage("operator01", "identity", "/sign-outs")
    yield MainPage("", "identity", "/receipts/verify")
    yield from administration(played)
    yield MainPage("", "identity", "/public/sign-in")
    yield MainPage("", "simulators", "/upstream/")
    yield MainPage("", "simulators", "/wecom/")
    yield MainPage("operator01", "identity", "/sign-in-record")
    yield MainPage("operator01", "identity", "/components")
    yield MainPage("operator01", "alerts", "/channels")
    yield MainPage("operator01", "workflow", "/dead-letters")
    yield MainPage("operator01", "workflow", "/cases/2000-000001")
    yield MainPage("window01", "workflow", "/matters")
    yield MainPage("window01", "workflow", "/matters/restaurant-opening")
    yield MainPage("window01", "workflow", "/matters/restaurant-opening/apply")
    yield MainPage("window01", "workflow", "/cases")
    yield MainPage("window01", "workflow", f"/cases/{case}")
    yield MainPage("window01", "e-license", "/verify")
    yield MainPage("", "e-license", "/public/verify")
    yield MainPage("operator01", "e-license", "/keys")
    yield MainPage("amr01", "workflow", "/inbox")
    yield MainPage("amr01", "workflow", f"/tasks/{case}.food-permit")
    yield MainPage("amr01", "e-license", "/workspace")
    yield MainPage("amr01", "e-license", "/workspace/issue/food-business-permit")
    yield MainPage("amr01", "e-license", "/workspace/expiring?days=90")
    licence = played.path("issue", "license_page")
    yield MainPage("amr01", "e-license", licence)
    for below in ("suspend", "renew", "correct", "as-of", "log", "card"):
        yield MainPage("amr01", "e-license", f"{licence}/{below}")
    yield MainPage("amr01", "e-license", "/verify/file")
    yield MainPage("", "e-license", "/sharing")
    yield MainPage("", "e-license", "/sharing/SI-15")
    yield MainPage("hall02", "e-license", "/sharing/statistics")
    yield MainPage("wifi01", "wifi-portal", "/console")
    yield MainPage("wifi01", "wifi-portal", played.path("online", "hotspot_page"))
    yield MainPage("wifi01", "wifi-portal", "/console/sessions")
    yield MainPage("wifi01", "wifi-portal", "/console/controllers")
    yield MainPage("hall01", "alerts", "/")
    yield MainPage("hall01", "alerts", played.path("detect", "alert_page"))
    yield MainPage("hall01", "alerts", "/wall")


def administration(played: Played) -> Iterator[MainPage]:
    """Identity's pages of the three separated administrators."""
    water01 = "SELECT person_id::text FROM person WHERE login_name = 'water01'"
    [(person,)] = wait_for(played.platform.rows("identity", water01))
    clients, organisation = "/admin/clients", "/admin/organisation"
    paths = ("/admin/people", f"/admin/people/{person}", "/admin/people/new", organisation, f"{organisation}/water")
    paths += ("/admin/imports", clients, f"{clients}/oa", f"{clients}/oa/test", "/admin/connect", "/admin/changes")
    for path in paths:
        yield MainPage("admin01", "identity", path)
    yield MainPage("secadmin01", "identity", "/admin/changes")
    yield MainPage("audit01", "identity", "/admin/records")
    yield MainPage("audit01", "identity", "/admin/sign-outs")
    yield MainPage("secadmin01", "identity", "/admin/sessions")


JOIN = "/nas/PS-NAS-04/join?hotspot=PS-HS-057&mac=02-00-00-00-66-01"

CONSOLES = {
    "identity": "/account",
    "e-license": "/mine",
    "workflow": "/cases",
    "wifi-portal": "/console",
    "alerts": "/channels",
}
"""A page of each service that only a signed-in operator sees."""
assert set(CONSOLES) == set(SERVICES)


async def sign_in(page: Page, platform: RunningPlatform, login: str) -> None:
    """With the keyboard alone: the field for the name has the focus when the page opens."""
    await page.goto(platform.url("identity"))
    await expect(page.locator("#login")).to_be_focused()
    await page.keyboard.type(login)
    await page.keyboard.press("Tab")
    await page.keyboard.type(platform.sign_ins()["staff"][login])
    await page.keyboard.press("Enter")
    await expect(page.locator("#code")).to_be_focused()
    platform.let_codes_be_used_again()
    await page.keyboard.type(code_now(platform.sign_ins(), login))
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{platform.url('identity')}/")


async def tab_to(page: Page, selector: str) -> None:
    """Raises `AssertionError` where no number of Tab presses brings the focus there."""
    for _ in range(80):
        await page.keyboard.press("Tab")
        if await page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"the keyboard does not reach {selector}")


def complaints(page: Page) -> list[str]:
    """Filled while the page is used: errors on the console (the Content Security Policy speaks there), exceptions."""
    heard: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            heard.append(f"{message.location['url']}: {message.text}")

    page.on("console", hear)
    page.on("pageerror", lambda error: heard.append(f"{page.url}: {error}"))
    return heard


async def overflow(page: Page) -> int:
    """Pixels by which the page is wider than the window."""
    wider: int = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return wider
