"""The page of an answer by form, in a browser: it posts at once and once, and without scripts it has a button."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Route

from tests.support.identity.form_receiver import FormReceiver
from tests.support.identity.own_clients import add_client
from tests.support.identity.parties import Attempt, Identity, RelyingParty
from tests.support.platform import BoundService

CLICKING = """const submit = HTMLFormElement.prototype.submit;
HTMLFormElement.prototype.submit = function () {
  submit.call(this);
  for (const after of [0, 50, 100, 300]) setTimeout(() => this.querySelector("button").click(), after);
};"""
STATE = "中 &\"'<> +%"


@pytest.fixture(scope="module")
def receiver() -> Iterator[FormReceiver]:
    made = FormReceiver()
    yield made
    made.close()


@pytest.fixture(scope="module")
async def party(identity: Identity, bound_identity: BoundService, receiver: FormReceiver) -> RelyingParty:
    assert identity.url
    return await add_client(bound_identity, "aspnet", redirect_uris=[f"{receiver.origin}/signin-oidc"])


async def context_of(browser: Browser, identity: Identity, **options: Any) -> BrowserContext:
    cookies = "; ".join(f"{name}={value}" for name, value in identity.signed_in("water01").cookies.items())
    return await browser.new_context(locale="zh-Hans", extra_http_headers={"Cookie": cookies}, **options)


async def opened(context: BrowserContext, identity: Identity, party: RelyingParty, receiver: FormReceiver) -> Page:
    receiver.posts.clear()
    page = await context.new_page()
    await page.goto(receiver.origin)
    address = identity.url + party.authorize_path(Attempt(state=STATE), response_mode="form_post")
    await page.evaluate("address => { location.href = address; }", address)
    return page


async def test_it_posts_at_once_and_back_leads_to_before(
    browser: Browser, identity: Identity, party: RelyingParty, receiver: FormReceiver
) -> None:
    context = await context_of(browser, identity)
    page = await opened(context, identity, party, receiver)
    await page.wait_for_url("**/signin-oidc")
    [posted] = receiver.posts
    assert posted["state"] == [STATE]
    assert posted["iss"] == [identity.url]
    assert receiver.origins == [identity.url], "a null origin is refused by careful systems"
    await page.go_back()
    assert await page.title() == "begin"
    assert len(receiver.posts) == 1
    await context.close()


async def test_without_scripts_there_is_a_button(
    browser: Browser, identity: Identity, party: RelyingParty, receiver: FormReceiver
) -> None:
    context = await context_of(browser, identity, java_script_enabled=False)
    receiver.posts.clear()
    page = await context.new_page()
    await page.goto(identity.url + party.authorize_path(Attempt(state=STATE), response_mode="form_post"))
    assert not receiver.posts
    assert "Test system aspnet" in await page.title() or "测试系统 aspnet" in await page.title()
    await page.get_by_role("button", name="继续").click()
    await page.wait_for_url("**/signin-oidc")
    assert [posted["state"] for posted in receiver.posts] == [[STATE]]
    await context.close()


LATE = """const submit = HTMLFormElement.prototype.submit;
HTMLFormElement.prototype.submit = function () {
  addEventListener("load", () => setTimeout(() => submit.call(this), 100));
};"""
"""Posts after the page has loaded, so that it stays in the history."""


@pytest.mark.parametrize("way", ["back", "reload"])
async def test_shown_again_it_sends_nothing_and_leads_to_where_the_system_begins(
    browser: Browser, identity: Identity, bound_identity: BoundService, receiver: FormReceiver, way: str
) -> None:
    callback, begins_at = [f"{receiver.origin}/signin-oidc"], f"{receiver.origin}/begin"
    party = await add_client(bound_identity, f"again-{way}", redirect_uris=callback, launch_uri=begins_at)
    context = await context_of(browser, identity)
    await context.add_init_script(LATE)
    page = await opened(context, identity, party, receiver)
    await page.wait_for_url("**/signin-oidc")
    await page.go_back()
    if way == "reload":
        await page.reload()
    link = page.get_by_role("link", name=f"打开测试系统 again-{way}").filter(visible=True)
    await link.wait_for()
    assert await page.title() == "登录已完成"
    assert await page.get_by_role("heading", name="登录已完成").is_visible()
    assert not await page.get_by_role("button", name="继续").is_visible()
    await asyncio.sleep(0.5)
    assert len(receiver.posts) == 1
    await link.click()
    assert await page.title() == "begin"
    await context.close()


async def test_a_reload_sends_what_was_never_sent(
    browser: Browser, identity: Identity, party: RelyingParty, receiver: FormReceiver
) -> None:
    """After a page that said that something is away, for instance."""
    context = await context_of(browser, identity)
    page = await opened(context, identity, party, receiver)
    await page.wait_for_url("**/signin-oidc")
    receiver.posts.clear()
    await context.route("**/authorize?*", lambda route: route.fulfill(status=503, body="away"))
    other = await context.new_page()
    await other.goto(identity.url + party.authorize_path(Attempt(state="other"), response_mode="form_post"))
    await context.unroute("**/authorize?*")
    await other.reload()
    await other.wait_for_url("**/signin-oidc")
    assert [posted["state"] for posted in receiver.posts] == [["other"]]
    await context.close()


async def test_impatient_clicks_post_nothing_more(
    browser: Browser, identity: Identity, party: RelyingParty, receiver: FormReceiver
) -> None:
    context = await context_of(browser, identity)
    await context.add_init_script(CLICKING)
    sent: list[str] = []

    async def slow(route: Route) -> None:
        sent.append(route.request.method)
        await asyncio.sleep(1)
        await route.fulfill(body="received")

    await context.route("**/signin-oidc", slow)
    page = await opened(context, identity, party, receiver)
    await page.wait_for_url("**/signin-oidc")
    assert sent == ["POST"]
    await context.close()


async def test_who_is_led_on_to_where_no_form_may_go_is_not_left_there(
    browser: Browser, identity: Identity, bound_identity: BoundService, receiver: FormReceiver
) -> None:
    """Browsers hold redirects after a form to its page's policy: the system has the answer, and is one link away."""
    callback, begins_at = [f"{receiver.origin}/other"], f"{receiver.origin}/begin"
    party = await add_client(bound_identity, "split", redirect_uris=callback, launch_uri=begins_at)
    receiver.leads_on_to = "app.example:open"
    context = await context_of(browser, identity)
    page = await opened(context, identity, party, receiver)
    link = page.get_by_role("link", name="打开测试系统 split").filter(visible=True)
    await link.wait_for()
    receiver.leads_on_to = None
    assert len(receiver.posts) == 1
    assert not await page.get_by_role("button", name="继续").is_visible()
    await link.click()
    assert await page.title() == "begin"
    await context.close()
