"""Pictures of every page, in both languages, on a phone and on a desk: all in var/screenshots, some in docs/images.

They show the newest finished run of the demo, so that no page is empty.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from pingshan_values.text import LANGUAGES
from playwright.sync_api import Browser, BrowserContext, StorageState, ViewportSize, sync_playwright
from rich.console import Console

from pingshan_tools.addresses import Ports
from pingshan_tools.demo.restaurant import file_application
from pingshan_tools.demo.run import newest_finished
from pingshan_tools.demo.stage import Stage
from pingshan_tools.edges import ROOT
from pingshan_tools.launcher.places import Places
from pingshan_tools.sign_ins import code_now

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_WIDTHS = {"phone": 390, "desk": 1440}

_README = {"launchpad-zh-Hans-desk", "inbox-zh-Hans-desk", "case-zh-Hans-desk", "verified-zh-Hans-desk"}
_README |= {"wall-zh-Hans-desk", "alert-zh-Hans-desk", "visitor-zh-Hans-phone", "visitor-en-phone", "desk-en-phone"}


class NothingToShow(Exception):
    """There is no finished run of the demo, or no browser."""


@dataclass(frozen=True)
class Shot:
    name: str
    login: str
    """Login of the person who signs in; empty for nobody."""
    service: str
    path: str
    fields: tuple[tuple[str, str], ...] = ()
    """Values for the page's own form, which is then sent."""


def make(console: Console, ports: Ports, places: Places) -> None:
    """Takes the pictures of all pages. Raises NothingToShow."""
    done = newest_finished(places)
    if done is None or not Path(CHROMIUM).exists():
        raise NothingToShow("run `make demo` first, and install chromium")
    _leave_something_to_decide(ports, places)
    known: dict[str, dict[str, str]] = json.loads((places.secrets / "sign_ins.json").read_text("utf-8"))
    shots = list(_shots(done))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for login in dict.fromkeys(shot.login for shot in shots):
            session = _sign_in(browser, ports, known, login) if login else None
            for language, device in product(LANGUAGES, _WIDTHS):
                context = _context(browser, ports, session, language, device)
                for shot in shots:
                    if shot.login == login:
                        _take(context, ports, shot, f"{shot.name}-{language}-{device}")
                context.close()
            console.print(f"✓ {login or 'visitor'}")
        browser.close()


def _shots(done: dict[str, dict[str, str]]) -> Iterator[Shot]:
    case, licence, alert = done["filing"]["case_id"], done["issue"], done["detect"]["alert_id"]
    yield Shot("sign-in", "", "identity", "/sign-in")
    yield Shot("launchpad", "window01", "identity", "/")
    yield Shot("account", "window01", "identity", "/account")
    yield Shot("consents", "window01", "identity", "/account/consents")
    yield Shot("passkeys", "window01", "identity", "/account/passkeys")
    yield Shot("upstreams", "window01", "identity", "/account/upstreams")
    yield Shot("security", "window01", "identity", "/account/security")
    yield Shot("sign-outs", "window01", "identity", "/sign-outs")
    yield Shot("device", "window01", "identity", "/device")
    yield Shot("receipt-verify", "", "identity", "/receipts/verify")
    yield Shot("public-sign-in", "", "identity", "/public/sign-in")
    yield Shot("people", "admin01", "identity", "/admin/people")
    yield Shot("person-new", "admin01", "identity", "/admin/people/new")
    yield Shot("organisation", "admin01", "identity", "/admin/organisation")
    yield Shot("imports", "admin01", "identity", "/admin/imports")
    yield Shot("clients", "admin01", "identity", "/admin/clients")
    yield Shot("client", "admin01", "identity", "/admin/clients/oa")
    yield Shot("connection-test", "admin01", "identity", "/admin/clients/oa/test")
    yield Shot("connect", "admin01", "identity", "/admin/connect")
    yield Shot("changes", "secadmin01", "identity", "/admin/changes")
    yield Shot("records", "audit01", "identity", "/admin/records")
    yield Shot("all-sign-outs", "audit01", "identity", "/admin/sign-outs")
    yield Shot("all-sessions", "secadmin01", "identity", "/admin/sessions")
    yield Shot("components", "window01", "identity", "/components")
    yield Shot("matters", "window01", "workflow", "/matters")
    yield Shot("guide", "window01", "workflow", "/matters/restaurant-opening")
    yield Shot("apply", "window01", "workflow", "/matters/restaurant-opening/apply")
    yield Shot("case", "window01", "workflow", f"/cases/{case}")
    yield Shot("cases", "window01", "workflow", "/cases")
    yield Shot("inbox", "amr01", "workflow", "/inbox")
    yield Shot("task", "amr01", "workflow", f"/tasks/{case}.food-permit")
    yield from _licences(licence)
    yield from _sharing()
    yield Shot(
        "portal", "", "wifi-portal", "/?nasid=ps-pingshan-04&mac=02-00-00-00-00-01&called=02-50-53-00-03-D1:i-Pingshan"
    )
    yield Shot("visitor", "", "wifi-portal", "/" + done["online"]["status_page"].split("/", 3)[3])
    yield Shot("hotspots", "wifi01", "wifi-portal", "/console")
    yield Shot("hotspot", "wifi01", "wifi-portal", "/" + done["online"]["hotspot_page"].split("/", 3)[3])
    yield Shot("sessions", "wifi01", "wifi-portal", "/console/sessions")
    yield Shot("desk", "hall01", "alerts", "/")
    yield Shot("alert", "hall01", "alerts", f"/alerts/{alert}")
    yield Shot("wall", "hall01", "alerts", "/wall")
    yield Shot("channels", "operator01", "alerts", "/channels")
    yield Shot("dead-letters", "operator01", "workflow", "/dead-letters")
    yield Shot("not-found", "operator01", "workflow", "/cases/2000-000001")


def _licences(licence: dict[str, str]) -> Iterator[Shot]:
    yield Shot("workspace", "amr01", "e-license", "/workspace")
    yield Shot("issue", "amr01", "e-license", "/workspace/issue/food-business-permit")
    yield Shot("bulk-issues", "amr01", "e-license", "/workspace/bulk")
    yield Shot("licence", "amr01", "e-license", f"/licenses/{licence['license_id']}")
    yield Shot("expiring", "amr01", "e-license", "/workspace/expiring?days=90")
    for decision in ("suspend", "renew", "as-of", "log"):
        yield Shot(f"licence-{decision}", "amr01", "e-license", f"/licenses/{licence['license_id']}/{decision}")
    yield Shot("card", "amr01", "e-license", f"/licenses/{licence['license_id']}/card")
    yield Shot("verify-file", "amr01", "e-license", "/verify/file")
    yield Shot("catalogue", "amr01", "e-license", "/catalogue")
    yield from _verifications(licence["identifier"])
    yield Shot("log", "", "e-license", "/log")


def _verifications(identifier: str) -> Iterator[Shot]:
    asked = (("identifier", identifier), ("purpose", "餐饮单位卫生检查"))
    yield Shot("verified", "health01", "e-license", "/verify", asked)
    yield Shot("verified-publicly", "", "e-license", f"/public/verify?identifier={identifier}")
    yield Shot("verify-batch", "health01", "e-license", "/verify/batch")
    yield Shot("keys", "operator01", "e-license", "/keys")


def _sharing() -> Iterator[Shot]:
    yield Shot("sharing", "", "e-license", "/sharing")
    yield Shot("sharing-item", "", "e-license", "/sharing/SI-15")
    yield Shot("sharing-statistics", "hall02", "e-license", "/sharing/statistics")


def _leave_something_to_decide(ports: Ports, places: Places) -> None:
    """Files one open case for the inbox; a second call finds it filed."""
    file_application(Stage("screenshots", ports, places, print))


def _sign_in(browser: Browser, ports: Ports, known: dict[str, dict[str, str]], login: str) -> StorageState:
    """Signs in once for all pictures of a person, as a code of an authenticator counts once in 30 seconds."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"http://localhost:{ports.http('identity')}/")
    page.fill("#login", login)
    page.fill("#password", known["staff"][login])
    with page.expect_navigation():
        page.keyboard.press("Enter")
    while page.locator("#code").count():
        page.fill("#code", code_now(known, login))
        with page.expect_navigation():
            page.keyboard.press("Enter")
        if page.locator("#code").count():
            page.wait_for_timeout(5_000)
    session = context.storage_state()
    context.close()
    return session


def _context(
    browser: Browser, ports: Ports, session: StorageState | None, language: str, device: str
) -> BrowserContext:
    height = 844 if device == "phone" else 900
    viewport: ViewportSize = {"width": _WIDTHS[device], "height": height}
    context = browser.new_context(viewport=viewport, locale=language, storage_state=session)
    page = context.new_page()
    page.goto(f"http://localhost:{ports.http('identity')}/?language={language}")
    page.close()
    return context


def _take(context: BrowserContext, ports: Ports, shot: Shot, name: str) -> None:
    page: Any = context.new_page()
    page.goto(f"http://localhost:{ports.http(shot.service)}{shot.path}")
    for field, value in shot.fields:
        page.fill(f"#{field}", value)
    if shot.fields:
        with page.expect_navigation():
            page.keyboard.press("Enter")
    page.wait_for_timeout(400)
    folder = ROOT / "var" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png", full_page=True)
    if name in _README:
        (ROOT / "docs" / "images").mkdir(parents=True, exist_ok=True)
        page.screenshot(path=ROOT / "docs" / "images" / f"{name}.png")
    page.close()
