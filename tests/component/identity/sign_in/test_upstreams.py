"""Sign-in services above us, played by the simulators: sign in by them, link them, prove a name with them."""

import asyncpg
import httpx
from playwright.async_api import Page

from tests.support.identity.parties import Attempt, Browser, Identity, answer_of, submit
from tests.support.identity.upstreams import (
    IN_WECOM,
    PAGE,
    back,
    choose,
    off,
    off_to_link,
    onward,
    sign_in_by,
    switch,
)


async def levels(identity: Identity) -> list[int]:
    connection = await asyncpg.connect(identity.database_url)
    rows = await connection.fetch("SELECT real_name_level FROM person WHERE realm = 'public' ORDER BY created_at")
    await connection.close()
    return [row["real_name_level"] for row in rows]


async def test_somebody_new_of_the_public_is_known_by_name_from_the_first_sign_in(
    identity: Identity, simulators: str
) -> None:
    page, before = identity.browser(), await levels(identity)
    assert onward(sign_in_by(page, "gd-unified", "gd-0101")) == "/"
    assert "何新来" in page.get("/account").text
    assert await levels(identity) == [*before, 2]
    again = identity.browser()
    assert onward(sign_in_by(again, "gd-unified", "gd-0101")) == "/"
    assert len(await levels(identity)) == len(before) + 1


def test_a_known_person_is_found_by_number_and_the_token_says_federated(identity: Identity, simulators: str) -> None:
    page, party, attempt = identity.browser(), identity.platform("workflow"), Attempt()
    needed = answer_of(page.get(party.authorize_path(attempt, realm="public")))["continue"]
    further = onward(sign_in_by(page, "net-id", "gd-0002", needed))
    tokens = party.redeem(answer_of(page.get(further))["code"], attempt).json()
    claims = party.read(tokens["id_token"])
    assert (claims["name"], claims["amr"], claims["acr"]) == ("刘春生", ["fed"], "1")


def test_staff_link_an_upstream_once_and_sign_in_with_it_and_a_second_factor(
    identity: Identity, simulators: str
) -> None:
    stranger = identity.browser()
    assert sign_in_by(stranger, "gd-staff", "staff-water01").status_code == 403
    page = identity.signed_in("water01")
    assert onward(back(page, choose(off_to_link(page, "gd-staff"), "staff-water01"))) == PAGE
    assert "已绑定" in page.get(PAGE).text
    fresh = identity.browser()
    second = onward(sign_in_by(fresh, "gd-staff", "staff-water01", "/account"))
    assert second.startswith("/sign-in/second-factor?")
    assert identity.give_code(fresh, "water01", second).headers["location"] == "/account"
    assert submit(page, f"{PAGE}/unlink", {"provider": "gd-staff"}, at=PAGE).status_code == 303
    assert sign_in_by(identity.browser(), "gd-staff", "staff-water01").status_code == 403


def test_wecom_by_qr_opens_a_level_one_system_and_asks_for_more_where_needed(
    identity: Identity, simulators: str
) -> None:
    page, mobile = identity.browser(), identity.district("mobile")
    needed = answer_of(page.get(mobile.authorize_path(Attempt())))["continue"]
    assert off(page, "wecom", needed).startswith(f"{simulators}/wecom/wwopen/sso/qrConnect?")
    further = onward(sign_in_by(page, "wecom", "water01", needed))
    assert "code" in answer_of(page.get(further))
    raised = page.get(identity.district("oa").authorize_path(Attempt()))
    assert raised.headers["location"].startswith("/sign-in/step-up?")


def test_wecom_within_the_app(identity: Identity, simulators: str) -> None:
    page = identity.browser()
    address = off(page, "wecom", headers=IN_WECOM)
    assert address.startswith(f"{simulators}/wecom/connect/oauth2/authorize?")
    assert httpx.get(address.partition("#")[0]).status_code == 403, "outside of the app"
    further = onward(back(page, choose(address, "hall01", IN_WECOM)))
    assert further.startswith("/sign-in/second-factor?")


def test_the_access_token_of_wecom_is_kept_and_fetched_again_when_it_expires(
    identity: Identity, simulators: str
) -> None:
    def given() -> str:
        shown = httpx.get(f"{simulators}/wecom/").text
        return shown.partition("发出的 access_token</dt><dd>")[2].partition("</dd>")[0]

    assert onward(sign_in_by(identity.browser(), "wecom", "data01"))
    first = int(given())
    assert onward(sign_in_by(identity.browser(), "wecom", "hr01"))
    assert int(given()) == first
    switch(simulators, "wecom", "token-expires")
    assert onward(sign_in_by(identity.browser(), "wecom", "amr01"))
    assert int(given()) == first + 1


async def test_a_browser_walks_through_an_upstream_into_a_platform_service(
    identity: Identity, simulators: str, page: Page
) -> None:
    """The whole chain under the Content Security Policies of all parties."""
    party = identity.platform("workflow")
    await page.goto(identity.url + party.authorize_path(Attempt(), realm="public"))
    await page.get_by_role("link", name="广东省统一身份认证平台").click()
    async with page.expect_request(lambda request: request.url.startswith(party.redirect_uri)) as asked:
        await page.get_by_role("button", name="王小满").click()
    assert "code=" in (await asked.value).url


def test_the_simulators_page_switches_every_failure(identity: Identity, simulators: str) -> None:
    shown = Browser("").get(f"{simulators}/upstream/").text
    for words in ("本人拒绝", "nonce 不对", "ID 令牌已过期", "很慢", "停机"):
        assert words in shown
    assert httpx.post(f"{simulators}/wecom/mode", data={"mode": "unheard-of"}).status_code == 400
