"""What people do with the platform, in a real browser: by keyboard, on a phone, without scripts, in English."""

import asyncio
import re
import time
from collections.abc import Callable

import httpx
import pytest
from pingshan_tools.demo import ponding, restaurant
from pingshan_tools.demo.stage import Stage
from playwright.async_api import Browser, Page, expect

from tests.support.journey import CONSOLES, complaints, main_pages, overflow, sign_in, tab_to
from tests.support.played import Played
from tests.support.running import RunningPlatform

_PARK = "/nas/PS-NAS-04/join?hotspot=PS-HS-057&mac=02-00-00-00-77-01"


@pytest.fixture
def stage(running_platform: RunningPlatform) -> Callable[[str], Stage]:
    """Somebody else acts meanwhile: the people of a demo run of their own."""
    return lambda run_id: Stage.resume(run_id, running_platform.ports, running_platform.places, lambda _: None)


async def test_one_sign_in_by_keyboard_opens_all_and_one_sign_out_ends_all(
    page: Page, running_platform: RunningPlatform
) -> None:
    await sign_in(page, running_platform, "operator01")
    heard = complaints(page)
    for service in CONSOLES:
        if service != "identity":
            await page.goto(running_platform.url("identity"))
            await tab_to(page, f'a[href^="{running_platform.url(service)}"]')
            await page.keyboard.press("Enter")
            await page.wait_for_url(f"{running_platform.url(service)}/**")
            await expect(page.locator(".person")).to_have_text("秦知行")
    cookies = await _cookies(page)
    assert await _open(running_platform, cookies) == set(CONSOLES)
    await tab_to(page, 'form[action="/sign-out"] button')
    await page.keyboard.press("Enter")
    ended = time.monotonic()
    while await _open(running_platform, cookies):
        assert time.monotonic() - ended < 2
    assert heard == []


async def _cookies(page: Page) -> dict[str, str]:
    return {cookie["name"]: cookie["value"] for cookie in await page.context.cookies()}


async def _open(platform: RunningPlatform, cookies: dict[str, str]) -> set[str]:
    """The services that still take these cookies for a signed-in person."""
    header = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    async with httpx.AsyncClient(headers=header) as client:
        answers = {service: await client.get(f"{platform.url(service)}{path}") for service, path in CONSOLES.items()}
    assert all(answer.status_code in {200, 303} for answer in answers.values()), answers
    return {service for service, answer in answers.items() if answer.status_code == 200}


async def test_an_officer_opens_a_task_by_keyboard(
    page: Page, running_platform: RunningPlatform, stage: Callable[[str], Stage]
) -> None:
    filed = await asyncio.to_thread(restaurant.file_application, stage("tests-inbox"))
    await sign_in(page, running_platform, "amr01")
    heard = complaints(page)
    await page.goto(f"{running_platform.url('workflow')}/inbox")
    while not await page.get_by_text(filed["case_id"]).count():
        await asyncio.sleep(0.3)
        await page.reload()
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await page.wait_for_url(re.compile(r"/tasks/[0-9]{4}-[0-9]{6}\.acceptance$"))
    await expect(page.get_by_text("小满餐饮").first).to_be_visible()
    assert heard == []


async def test_an_agency_verifies_a_licence_by_its_identifier(
    page: Page, running_platform: RunningPlatform, played: Played
) -> None:
    await sign_in(page, running_platform, "health01")
    heard = complaints(page)
    await page.goto(f"{running_platform.url('e-license')}/verify")
    identifier = played.id("issue", "identifier")
    for asked, kind in ((identifier, "good"), (identifier[:-1] + _another(identifier[-1]), "error")):
        await page.fill("#identifier", asked)
        await page.fill("#purpose", "餐饮单位卫生检查")
        await page.keyboard.press("Enter")
        await expect(page.locator(f".notice.{kind}").first).to_be_visible()
    assert heard == []


def _another(character: str) -> str:
    return "0" if character == "1" else "1"


async def test_a_visitor_gets_online_on_a_phone_without_scripts(
    browser: Browser, running_platform: RunningPlatform, played: Played
) -> None:
    context = await browser.new_context(
        locale="zh-CN", java_script_enabled=False, viewport={"width": 390, "height": 844}
    )
    page, simulators = await context.new_page(), f"http://localhost:{running_platform.ports.simulators}"
    heard = complaints(page)
    await page.goto(simulators + _PARK)
    await page.fill("input[name=mobile]", "13777777701")
    await page.check("input[name=consent]")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("input[name=code]")
    assert await overflow(page) <= 0
    await page.fill("input[name=code]", await _code(simulators, "+8613777777701"))
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/status/*")
    assert await overflow(page) <= 0
    assert heard == []
    await context.close()


async def _code(simulators: str, number: str) -> str:
    """From the SMS, once it has arrived."""
    async with httpx.AsyncClient() as client:
        for _ in range(100):
            answer = await client.get(f"{simulators}/carrier/messages", params={"to": number})
            if found := [re.search(r"\b[0-9]{6}\b", message["text"]) for message in answer.json()["messages"]]:
                assert found[0]
                return found[0][0]
            await asyncio.sleep(0.1)
    raise TimeoutError


async def test_the_wall_shows_a_new_alert_without_a_reload(
    page: Page, running_platform: RunningPlatform, stage: Callable[[str], Stage]
) -> None:
    await sign_in(page, running_platform, "hall01")
    heard = complaints(page)
    await page.goto(f"{running_platform.url('alerts')}/wall")
    await page.evaluate("window.stayed = true")
    alert = await asyncio.to_thread(ponding.detect, stage("tests-wall"))
    await expect(page.locator(f"#card-{alert['alert_id']}")).to_be_visible(timeout=10_000)
    await expect(page.locator(f"#point-{alert['alert_id']}")).to_be_attached()
    assert await page.evaluate("window.stayed")
    assert heard == []


async def test_english_is_chosen_once_for_all_services(page: Page, running_platform: RunningPlatform) -> None:
    await sign_in(page, running_platform, "window01")
    await page.get_by_role("link", name="English").click()
    await expect(page.get_by_role("heading", name="My systems")).to_be_visible()
    for service, title in (("workflow", "Cases"), ("e-license", "Verify")):
        await page.goto(f"{running_platform.url(service)}/{title.lower()}")
        assert await page.locator("html").get_attribute("lang") == "en"
        await expect(page.get_by_role("heading", name=title).first).to_be_visible()


async def test_an_error_page_tells_its_code_and_leads_to_the_trace(
    page: Page, running_platform: RunningPlatform
) -> None:
    await sign_in(page, running_platform, "window01")
    answer = await page.goto(f"{running_platform.url('workflow')}/cases/2000-000001")
    assert answer is not None
    assert answer.status == 404
    shown = await page.locator("main").inner_text()
    assert "WORKFLOW_CASE_NOT_FOUND" in shown
    assert re.search(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])", shown)


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
async def test_every_main_page_fits_a_small_phone_and_complains_of_nothing(
    browser: Browser, running_platform: RunningPlatform, played: Played, language: str
) -> None:
    wide: dict[str, int] = {}
    pages = list(main_pages(played))
    for login in dict.fromkeys(page.login for page in pages):
        context = await browser.new_context(locale=language, viewport={"width": 360, "height": 780})
        page = await context.new_page()
        if login:
            await sign_in(page, running_platform, login)
        heard = complaints(page)
        for shown in (each for each in pages if each.login == login):
            await page.goto(shown.address(running_platform))
            if (wider := await overflow(page)) > 0:
                wide[f"{shown.service}{shown.path}"] = wider
        assert [each for each in heard if "/cases/2000-000001: " not in each] == []
        await context.close()
    assert wide == {}
