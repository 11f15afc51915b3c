"""Every form of every page in a browser: what is typed and what is answered is still there in the other language.

Forms are the cases of `test_every_form`: one without a case fails there.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Error, Page, Route

from tests.support.fuzz.services import SERVICES, Attacked, know_people, start_all
from tests.support.platform import TestPlatform
from tests.support.sent_twice.all import CASES
from tests.support.sent_twice.walk import Form
from tests.support.tokens import TokenIssuer

_FIELDS = "input:not([type=hidden], [type=file]), textarea, select"
_FILL = """([fields, own]) => {
  const blanks = { reason: " " };
  const typed = { date: "2026-11-30", "datetime-local": "2026-11-30T09:00", number: "7", tel: "13800000009" };
  for (const field of document.querySelectorAll(`form :is(${fields})`)) {
    const given = own[field.name];
    if (field.matches("[type=checkbox], [type=radio]")) {
      field.checked = given === undefined ? !field.checked : [given].flat().includes(field.value);
    } else if (field.matches("select")) {
      field.value = given ?? field.options[field.options.length - 1]?.value ?? "";
    } else if (!field.matches("[type=search]")) {
      field.value = given ?? blanks[field.name] ?? typed[field.type] ?? "自己打的字 <b>";
    }
  }
}"""
_READ = """fields => [...document.querySelectorAll(`form :is(${fields})`)].map(field => [
  field.name, field.value, field.checked ?? null, field.type])"""
_SHOWN = """() => [
  [...document.querySelectorAll("main :not([lang], noscript *)")].map(each => each.tagName).join(" "),
  [...document.querySelectorAll("main [data-copy]")].map(each => each.dataset.copy)]"""
_IS_KEPT = "document.cookie.includes(`pingshan_language=${document.documentElement.lang}`)"
_FORM = """
  const path = address => address?.split("?")[0];
  const button = document.querySelector(`button[formaction="${action}"]`);
  const form = button?.form ?? [...document.forms].find(each => path(each.getAttribute("action")) === path(action)) ??
    [...document.forms].find(each => !each.hasAttribute("action") && each.method === "post");"""
_HAS_FORM = "action => {" + _FORM + "return Boolean(form); }"
_SEND = (
    "action => {"
    + _FORM
    + """
  form.noValidate = true;
  if (form.matches(".passkey")) form.submit();
  else form.requestSubmit(button ?? form.querySelector("button:not([type=button])"));
}"""
)
_CAPTIVE = {"/number", "/resend", "/start-over", "/code", "/shown"}
"""Forms of pages without a script, which have their own way (`tests/component/wifi-portal`)."""


@pytest.fixture(scope="module")
async def services(
    platform: TestPlatform, temporal_namespace: str, identity_tokens: TokenIssuer
) -> AsyncIterator[dict[str, Attacked]]:
    started = start_all(platform, identity_tokens, ("http", "grpc", "relay"))
    await know_people(started["identity"])
    yield started
    for each in started.values():
        await each.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_choosing_the_other_language_loses_nothing(
    services: dict[str, Attacked], browser: Browser, service: str
) -> None:
    attacked, wrong, answers = services[service], [], 0
    for case in CASES[service]:
        if case.route in _CAPTIVE:
            continue
        form = await case.begin(attacked)
        context = await browser.new_context(locale="zh-CN")
        try:
            for own in ({}, form.fields):
                page = await _opened(context, attacked, form)
                if own and not await page.evaluate(_HAS_FORM, form.action):
                    continue  # what was typed at first has acted
                said, answered = await _walk(page, form, own)
                answers += answered
                wrong += [f"{case.route}: {each}" for each in said]
                await page.close()
        finally:
            await context.close()
    assert not wrong, "\n".join(wrong)
    assert answers


async def _opened(context: BrowserContext, attacked: Attacked, form: Form) -> Page:
    """The page of the form; where it answers another form, as that answer."""
    shown = form.browser
    secure = attacked.url.replace("http:", "https:")  # at localhost, Chromium sends such cookies by plain HTTP too
    cookies: list[Any] = [
        {"name": name, "value": value, "url": secure, "secure": True} for name, value in shown.cookies.items()
    ]
    await context.clear_cookies()
    await context.add_cookies(cookies)
    page = await context.new_page()
    address = f"{attacked.url}{shown.address}"

    async def answer(route: Route) -> None:
        await route.fulfill(body=shown.html, content_type="text/html; charset=utf-8")

    if shown.is_answer:
        await page.route(address, answer, times=1)
    await page.goto(address)
    return page


async def _walk(page: Page, form: Form, own: Any) -> tuple[list[str], int]:
    """What was lost on the page and on the answer; and whether there was an answer that is no page of its own."""
    await page.evaluate(_FILL, [_FIELDS, dict(own)])
    wrong = await _chosen(page, "the form")
    try:
        async with page.expect_navigation(wait_until="load"):
            await page.evaluate(_SEND, form.action)
    except Error as left:
        if "net::ERR" not in left.message:  # to a system that does not run here
            raise
        return wrong, 0
    if not await page.locator("#other-language, form [data-language]").count():
        return wrong, 0
    return [*wrong, *await _chosen(page, "the answer"), *await _chosen(page, "the answer, again")], 1


async def _chosen(page: Page, what: str) -> list[str]:
    before, shown, title = await page.evaluate(_READ, _FIELDS), await page.evaluate(_SHOWN), await page.title()
    language = await page.locator("html").get_attribute("lang")
    comes_again = not await page.locator("#other-language").count()
    await page.locator("[data-language]").click()
    async with asyncio.timeout(10):
        await page.wait_for_function(
            "before => ![before, undefined].includes(document.documentElement?.lang)", arg=language
        )
        await page.wait_for_load_state()
    after, shown_after = await page.evaluate(_READ, _FIELDS), await page.evaluate(_SHOWN)
    if comes_again:  # passwords are typed again
        before, after = ([each for each in fields if each[3] != "password"] for fields in (before, after))
    wrong = []
    if after != before:
        lost = [pair for pair in zip(before, after, strict=False) if pair[0] != pair[1]] or (before, after)
        wrong.append(f"{what} lost {lost}")
    if await page.title() == title or not await page.evaluate(_IS_KEPT):
        wrong.append(f"{what} is not in the other language, or the next page will not be")
    if shown_after != shown:
        wrong.append(f"{what} shows {shown_after} for {shown}")
    return wrong
