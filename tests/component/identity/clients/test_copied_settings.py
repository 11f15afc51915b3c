"""The settings of a system are copied whole, with one press."""

from playwright.async_api import Browser

from tests.support.identity.own_clients import add_client
from tests.support.identity.parties import Identity
from tests.support.identity.shown_settings import shown_settings
from tests.support.platform import BoundService

KEEP_WHAT_IS_COPIED = "navigator.clipboard.writeText = async (text) => { window.copied = text }"


async def test_settings_are_copied_as_they_are_shown(
    identity: Identity, bound_identity: BoundService, browser: Browser
) -> None:
    await add_client(bound_identity, "copied", scopes=["openid", "profile"])
    cookies = "; ".join(f"{name}={value}" for name, value in identity.signed_in("admin01").cookies.items())
    context = await browser.new_context(extra_http_headers={"Cookie": cookies})
    await context.add_init_script(KEEP_WHAT_IS_COPIED)
    page = await context.new_page()
    await page.goto(f"{identity.url}/admin/clients/copied")
    django = page.locator("details", has=page.locator("[data-software=django]"))
    await django.locator("summary").click()
    await django.locator(".copy").click()
    assert await page.evaluate("copied") == shown_settings(identity, "copied", "django")
    assert await page.locator(".toast").text_content() == "✓ # settings.py"
    await context.close()
