"""Passkeys in a real browser, with Chromium's virtual authenticator: registered, signed in with, managed."""

import asyncio
from urllib.parse import parse_qs, urlsplit

from playwright.async_api import Page, expect

from tests.support.identity.authenticator import Authenticator
from tests.support.identity.parties import Attempt, Identity, answer_of
from tests.support.identity.passkeys import PAGE, as_second_factor, sign_in, with_passkey


async def plug_in(page: Page, *, synced: bool = False) -> None:
    """A device with a fingerprint reader that knows its person."""
    tools = await page.context.new_cdp_session(page)
    await tools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "ctap2Version": "ctap2_1",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
        "defaultBackupEligibility": synced,
        "defaultBackupState": synced,
    }
    await tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


async def sign_in_by_password(page: Page, identity: Identity, login: str) -> None:
    await page.fill("#login", login)
    await page.fill("#password", identity.sign_ins["staff"][login])
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#code")
    await asyncio.to_thread(identity.let_codes_be_used_again)
    await page.fill("#code", identity.code_now(login))
    await page.keyboard.press("Enter")


async def test_register_sign_out_and_sign_in_without_a_password_into_a_system_of_level_three(
    identity: Identity, page: Page
) -> None:
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text) if message.type == "error" else None)
    await page.goto(f"{identity.url}{PAGE}")
    await sign_in_by_password(page, identity, "hr01")
    await plug_in(page)
    await expect(page.locator("h1")).to_have_text("通行密钥")
    await page.fill("#name", "  会议室\u3000平板 ")
    await page.keyboard.press("Enter")
    await expect(page.locator("h2").first).to_contain_text("会议室 平板")
    await expect(page.locator("main")).to_contain_text("L3：经过认证的硬件")
    await page.get_by_role("button", name="退出").click()
    await page.wait_for_function("!document.querySelector('.person')")
    party, attempt = identity.district("hr"), Attempt()
    await page.add_init_script("delete PublicKeyCredential.isConditionalMediationAvailable")
    await page.goto(identity.url + party.authorize_path(attempt))
    async with page.expect_request(lambda request: request.url.startswith(party.redirect_uri)) as asked:
        await page.get_by_role("button", name="用通行密钥登录").click()
    back = parse_qs(urlsplit((await asked.value).url).query)
    tokens = party.redeem(back["code"][0], attempt).json()
    claims = party.read(tokens["id_token"])
    assert (claims["acr"], claims["amr"]) == ("3", ["hwk"])
    assert [text for text in heard if "ERR_CONNECTION_REFUSED" not in text] == []


async def test_the_name_field_offers_passkeys_by_itself(identity: Identity, page: Page) -> None:
    await page.goto(f"{identity.url}{PAGE}")
    await sign_in_by_password(page, identity, "drc01")
    await plug_in(page, synced=True)
    await page.get_by_role("button", name="添加通行密钥").click()
    await expect(page.locator("main")).to_contain_text("L2：可能同步到您的其他设备")
    await page.context.clear_cookies()
    await page.goto(f"{identity.url}/sign-in?continue=/account/passkeys")
    await page.wait_for_url(f"{identity.url}{PAGE}")
    await expect(page.locator("main")).not_to_contain_text("还没有用过")


async def test_a_browser_without_the_passkey_says_so_and_the_page_goes_on(identity: Identity, page: Page) -> None:
    await page.goto(f"{identity.url}/sign-in")
    await plug_in(page)
    await page.get_by_role("button", name="用通行密钥登录").click()
    await expect(page.get_by_role("status")).to_contain_text("没有完成")
    await sign_in_by_password(page, identity, "water01")
    await page.wait_for_url(f"{identity.url}/")


def test_after_a_password_a_passkey_is_the_second_factor(identity: Identity) -> None:
    authenticator = Authenticator(identity.url, synced=True)
    with_passkey(identity, authenticator, "fire01")
    page = identity.browser()
    address = identity.give_password(page, "fire01", "/account").headers["location"]
    assert "用通行密钥验证" in page.get(address).text
    assert as_second_factor(page, address, authenticator).headers["location"] == "/account"
    assert page.get("/account").status_code == 200


def test_a_synced_passkey_alone_reaches_level_two_and_the_token_says_how(identity: Identity) -> None:
    authenticator = Authenticator(identity.url, synced=True)
    with_passkey(identity, authenticator, "police01")
    page, party, attempt = identity.browser(), identity.district("oa"), Attempt()
    needed = answer_of(page.get(party.authorize_path(attempt)))["continue"]
    back = sign_in(page, authenticator, needed)
    tokens = party.redeem(answer_of(page.get(back.headers["location"]))["code"], attempt).json()
    claims = party.read(tokens["id_token"])
    assert (claims["acr"], claims["amr"]) == ("2", ["swk"])


def test_authenticators_that_do_not_count_are_used_again_and_again(identity: Identity) -> None:
    authenticator = Authenticator(identity.url, synced=True, counts=False)
    with_passkey(identity, authenticator, "hall01")
    for _ in range(2):
        assert sign_in(identity.browser(), authenticator).status_code == 303
