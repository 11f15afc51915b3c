"""Pages of sharing as a browser without JavaScript gets them."""

import json
import re
from uuid import uuid4

import pytest
from pingshan_e_license.settings import Settings
from pingshan_e_license.usecases.sharing.request_consent import request_consent
from pingshan_e_license.usecases.sharing.request_data import request_data
from pingshan_values.masked import mask_code

from tests.support.e_license.orders import COMPANY_CODE, holder_person, verifier
from tests.support.e_license.service import RunningService
from tests.support.e_license.sharing import (
    EDUCATION,
    ITEMS,
    PURPOSE,
    SUPERVISOR,
    WATER,
    a_person,
    about_company,
    about_lease,
    consent_to_lease,
    granted_consent,
    issue_lease,
)

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
@pytest.mark.parametrize("code", sorted(ITEMS))
async def test_everybody_may_read_an_item(running: RunningService, code: str, language: str) -> None:
    async with running.pages() as browser:
        answer = await browser.get(f"/sharing/{code}?language={language}")
        assert answer.status_code == 200
        name = ITEMS[code].name_en if language == "en" else ITEMS[code].name_zh
        assert name in answer.text


async def test_the_list_names_all_items(running: RunningService) -> None:
    async with running.pages() as browser:
        html = (await browser.get("/sharing")).text
        assert set(re.findall(r'href="/sharing/(SI-\d\d)"', html)) == set(ITEMS)
        assert (await browser.get("/sharing/SI-99")).status_code == 404


async def test_a_holder_grants_and_withdraws(running: RunningService) -> None:
    person = a_person()
    asked = await request_consent(running.given, EDUCATION, consent_to_lease(person, uses=3))
    address = f"/mine/consents/{asked.consent_id}"
    async with running.pages(holder_person(person)) as browser:
        html = (await browser.get("/mine/consents")).text
        assert "有 1 项在等您决定" in html
        assert address in html
        html = (await browser.get(address)).text
        for shown in (PURPOSE, "终止日期", "房屋租赁登记备案证明", "同意", "不同意"):
            assert shown in html, shown
        answer = await browser.post(f"{address}/grant")
        assert (answer.status_code, answer.headers["location"]) == (303, address)
        html = (await browser.get(address)).text
        assert "已同意" in html
        assert "撤回授权" in html
        assert "3 次，还剩 3 次" in html
        assert (await browser.post(f"{address}/withdraw")).status_code == 303
        assert "已撤回" in (await browser.get(address)).text
        english = (await browser.get(f"{address}?language=en")).text
        words = re.sub(r"<(header|footer).*?</\1>", "", english, flags=re.S).replace(PURPOSE, "")
        for printed in ("个人信息保护法 第十三条", "居住"):  # the law and the licence are Chinese
            words = words.replace(printed, "")
        assert not CHINESE.search(words), CHINESE.findall(words)


async def test_a_holder_refuses(running: RunningService) -> None:
    person = a_person()
    asked = await request_consent(running.given, EDUCATION, consent_to_lease(person))
    address = f"/mine/consents/{asked.consent_id}"
    async with running.pages(holder_person(person)) as browser:
        await browser.get(address)
        assert (await browser.post(f"{address}/refuse")).status_code == 303
        html = (await browser.get(address)).text
        assert "已拒绝" in html
        answer = await browser.post(f"{address}/grant", request_id=str(uuid4()))
        assert answer.status_code == 409
        assert "已经处理过了" in answer.text


async def test_nobody_sees_anothers_consent(running: RunningService) -> None:
    asked = await request_consent(running.given, EDUCATION, consent_to_lease(a_person()))
    async with running.pages(holder_person(a_person())) as browser:
        assert (await browser.get(f"/mine/consents/{asked.consent_id}")).status_code == 404
        assert "还没有单位请您授权" in (await browser.get("/mine/consents")).text
        assert (await browser.get("/mine/consents/x")).status_code == 404


async def test_every_use_with_its_receipt(running: RunningService) -> None:
    person = a_person()
    await issue_lease(running.given, person)
    granted = await granted_consent(running.given, person)
    answer = await request_data(running.given, EDUCATION, about_lease(person, granted.consent_id))
    async with running.pages(holder_person(person)) as browser:
        html = (await browser.get("/mine/uses")).text
        for shown in (PURPOSE, "终止日期", "依您的授权", "有有效证照", "房屋租赁登记备案证明"):
            assert shown in html, shown
        receipt = await browser.get(f"/mine/uses/{answer.use_id}/receipt")
        assert receipt.headers["content-disposition"].startswith("attachment")
        assert json.loads(receipt.text)["statement"]["holder_code"] == person
    async with running.pages(holder_person(a_person())) as browser:
        assert "还没有人用过您的数据" in (await browser.get("/mine/uses")).text
        assert (await browser.get(f"/mine/uses/{answer.use_id}/receipt")).status_code == 404


async def test_uses_of_several_holders_say_whose_they_are(running: RunningService) -> None:
    """Numbers are each holder's own, so that two uses may have the same."""
    person = a_person()
    await request_data(running.given, WATER, about_company(holder_code=person, holder_code_type="111"))
    async with running.pages(holder_person(person)) as browser:
        assert mask_code(person) not in (await browser.get("/mine/uses")).text
    async with running.pages(holder_person(person, a_person())) as browser:
        html = (await browser.get("/mine/uses")).text
        assert mask_code(person) in html
        assert person not in html


async def test_an_agent_is_named_as_one(running: RunningService) -> None:
    agent = holder_person(COMPANY_CODE)
    await request_data(running.given, agent, about_company())
    async with running.pages(agent) as browser:
        assert "代理人" in (await browser.get("/mine/uses")).text


async def test_supervisors_see_figures(running: RunningService) -> None:
    await request_data(running.given, WATER, about_company(holder_code=a_person(), holder_code_type="111"))
    async with running.pages(SUPERVISOR) as browser:
        html = (await browser.get("/sharing/statistics")).text
        assert "<rect" in html
        assert "SI-01" in html
        assert (await browser.get("/sharing/statistics?language=en")).status_code == 200
    async with running.pages(verifier("water")) as browser:
        assert (await browser.get("/sharing/statistics")).status_code == 403


async def test_over_asking_is_published_where_the_district_says_so(running: RunningService) -> None:
    assert Settings.model_fields["publish_over_asking"].default is False
    async with running.pages() as browser:
        assert (await browser.get("/sharing/over-asking")).status_code == 404
        assert (await browser.client.get("/v1/sharing/over-asking")).status_code == 404
        assert "/sharing/over-asking" not in (await browser.get("/sharing")).text
