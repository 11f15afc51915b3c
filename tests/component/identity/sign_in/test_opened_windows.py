"""A system that signs people in in a window of its own is told by that window, in Chromium and with two origins."""

import asyncio
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page

from tests.support.identity.form_receiver import FormReceiver
from tests.support.identity.own_clients import add_client
from tests.support.identity.parties import Attempt, Browser, Identity, RelyingParty
from tests.support.platform import BoundService

POLICY = "cross-origin-opener-policy"
LISTENING = "() => { window.told = new Promise(tell => addEventListener('message', event => tell(event.data))); }"


@pytest.fixture(scope="module")
def receiver() -> Iterator[FormReceiver]:
    made = FormReceiver()
    yield made
    made.close()


async def sign_in(window: Page, identity: Identity, login: str) -> None:
    await window.fill("#login", login)
    await window.fill("#password", identity.sign_ins["staff"][login])
    await window.keyboard.press("Enter")
    await window.wait_for_selector("#code")
    await asyncio.to_thread(identity.let_codes_be_used_again)
    await window.fill("#code", identity.code_now(login))
    await window.keyboard.press("Enter")


@pytest.mark.parametrize("mode", ["query", "form_post"])
async def test_the_window_tells_the_page_that_opened_it(
    browser: Chromium, identity: Identity, bound_identity: BoundService, receiver: FormReceiver, mode: str
) -> None:
    """Past the sign-in page, the second factor, the question of consent and the answer."""
    callback = f"{receiver.origin}/callback"
    party = await add_client(
        bound_identity, f"window-{mode}", redirect_uris=[callback], third_party=True, required_level=2
    )
    context = await browser.new_context(locale="zh-Hans")
    page = await context.new_page()
    await page.goto(receiver.origin)
    await page.evaluate(LISTENING)
    address = identity.url + party.authorize_path(Attempt(state="s"), response_mode=mode)
    async with context.expect_page() as opened:
        await page.evaluate("address => { window.open(address, 'sign-in', 'popup,width=500,height=700'); }", address)
    window = await opened.value
    await sign_in(window, identity, "water01")
    await window.get_by_role("button", name="同意并继续").click()
    await window.wait_for_url("**/callback*")
    assert await window.evaluate("window.opener !== null")
    await window.evaluate("window.opener.postMessage('signed in', '*')")
    assert await asyncio.wait_for(page.evaluate("window.told"), 10) == "signed in"
    await context.close()


def test_pages_that_lead_to_no_system_are_alone_in_their_window(identity: Identity) -> None:
    page = identity.signed_in("water01")
    for path in ("/", "/account", "/sign-in", "/sign-in?continue=%2Faccount", "/static/ui/tokens.css", "/nowhere"):
        assert page.get(path).headers[POLICY] == "same-origin", path


def test_every_answer_on_the_way_to_a_system_leaves_the_window_its_opener(
    identity: Identity, party: RelyingParty
) -> None:
    """Browsers look at redirects, too, and at refusals."""
    page: Browser = identity.browser()
    off = page.get(party.authorize_path(Attempt()))
    continuation = parse_qs(urlsplit(off.headers["location"]).query)["continue"][0]
    form = page.get(off.headers["location"])
    led = identity.give_password(page, "water01", continuation)
    step = page.get(led.headers["location"])
    done = identity.give_code(page, "water01", led.headers["location"])
    back = page.get(done.headers["location"])
    wrong = page.get(party.authorize_path(Attempt(), redirect_uri="https://attacker.example/"))
    for answer in (off, form, led, step, done, back, wrong):
        assert answer.headers[POLICY] == "unsafe-none", answer.url
    assert back.headers["location"].startswith(party.redirect_uri)


@pytest.fixture
def party(identity: Identity) -> RelyingParty:
    return identity.district("oa")
