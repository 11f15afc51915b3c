"""Pages as a browser without JavaScript gets them."""

import re

import pytest
from pingshan_e_license.domain.verification.conclusion import examine
from pingshan_kit.paging import PAGE_SIZE
from pingshan_kit.storage.tables import record
from sqlalchemy import select

from tests.support.e_license.orders import COMPANY_CODE, COMPANY_NAME, holder_person, issuer_of, verifier
from tests.support.e_license.service import Browser, RunningService
from tests.support.forms import leads_to, twice

FORM = {
    "holder_name": COMPANY_NAME,
    "holder_code": COMPANY_CODE,
    "holder_code_type": "001",
    "serial_number": "P1",
    "effective_on": "",
    "attributes.operator_name": COMPANY_NAME,
    "attributes.unified_social_credit_code": COMPANY_CODE,
    "attributes.legal_representative": "王小满",
    "attributes.premises": "坪山大道2007号",
    "attributes.business_form": "餐饮服务经营者",
    "attributes.business_items": "热食类食品制售\n冷食类食品制售",
}
NEW = "/workspace/issue/food-business-permit"


async def issue(browser: Browser, **changed: str) -> str:
    await browser.get(NEW)
    answer = await browser.post(NEW, **FORM | changed)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].split("?")[0]


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
@pytest.mark.parametrize(
    "path",
    ["/", "/catalogue", "/catalogue?agency=amr", "/catalogue?q=%E9%A3%9F%E5%93%81", "/catalogue/food-business-permit"],
)
async def test_open_pages(running: RunningService, path: str, language: str) -> None:
    async with running.pages() as browser:
        separator = "&" if "?" in path else "?"
        answer = await browser.get(f"{path}{separator}language={language}")
        assert answer.status_code == 200
        assert f'lang="{language}"' in answer.text
        words = re.sub(r"<(header|footer).*?</\1>", "", answer.text, flags=re.S)
        if language == "en" and path == "/":
            assert not re.search(r"[\u4e00-\u9fff]", words)


async def test_the_catalogue_pages_through_everything(running: RunningService) -> None:
    seen: set[str] = set()
    async with running.pages() as browser:
        path: str | None = "/catalogue"
        while path:
            html = (await browser.get(path)).text
            seen |= set(re.findall(r'href="/catalogue/([a-z0-9-]+)"', html))
            following = re.search(r'rel="next" href="([^"]+)"', html)
            path = following[1].replace("&amp;", "&") if following else None
    assert len(seen) == 89


async def test_agencies_have_their_names(running: RunningService) -> None:
    async with running.pages() as browser:
        html = (await browser.get("/catalogue?agency=amr")).text
        assert "坪山市场监管局" in html
        assert "Market Regulation" in (await browser.get("/catalogue?agency=amr&language=en")).text


async def test_nothing_found_says_what_to_do_next(running: RunningService) -> None:
    async with running.pages() as browser:
        assert "查看全部证照" in (await browser.get("/catalogue?q=xyz")).text


@pytest.mark.parametrize("path", ["/workspace", NEW, "/verify", "/mine", f"/licenses/{'0' * 32}"])
async def test_who_is_not_signed_in_is_sent_to_sign_in(running: RunningService, path: str) -> None:
    async with running.pages() as browser:
        answer = await browser.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in?next=")


async def test_issued_by_form_shown_revoked(running: RunningService) -> None:
    async with running.pages(issuer_of("amr")) as browser:
        address = await issue(browser)
        html = (await browser.get(address)).text
        assert COMPANY_NAME in html
        assert "<svg" in html
        assert "王小满" not in html
        assert "王*满" in html

        shown = await browser.post(f"{address}/reveal")
        assert "王小满" in shown.text

        assert "将失去 食品经营许可证" in (await browser.get(f"{address}/revoke")).text
        refused = await browser.post(f"{address}/revoke", reason="", legal_basis="")
        assert refused.status_code == 422
        assert "请填写原因" in refused.text
        done = await browser.post(f"{address}/revoke", reason="提供虚假材料", legal_basis="行政许可法 第六十九条")
        assert done.status_code == 303
        html = (await browser.get(address)).text
        assert "已吊销" in html
        assert "行政许可法 第六十九条" in html
        assert "吊销这张证照" not in html
    license_id = address.rsplit("/", 1)[1]
    async with running.given.database.read() as tx:
        acts = (await tx.execute(select(record.c.act).where(record.c.subject == license_id))).scalars().all()
    assert acts == ["license.issued", "license.revealed", "license.revoked"]


async def test_a_wrong_form_keeps_what_was_typed_and_links_each_error(running: RunningService) -> None:
    async with running.pages(issuer_of("amr")) as browser:
        await browser.get(NEW)
        answer = await browser.post(NEW, **FORM | {"attributes.business_form": "", "attributes.business_items": ""})
        assert answer.status_code == 422
        assert 'href="#attributes.business_form">主体业态：' in answer.text
        assert 'id="attributes.business_form"' in answer.text
        assert 'href="#attributes.business_items"' in answer.text
        assert "坪山大道2007号" in answer.text


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"serial_number": "小1"}, "流水号须为"),
        ({"holder_code": "91440310TEXT10001A"}, "统一社会信用代码不正确"),
        ({"expires_on": "2020-01-01"}, "截止日期"),
        ({"effective_on": "22.11.2026"}, "日期格式不正确"),
        ({"holder_code": "11440310TEXT00025J"}, "与持证主体代码不一致"),
        (
            {"holder_code": "11440310TEXT00025J", "attributes.unified_social_credit_code": "11440310TEXT00025J"},
            "还没有有效的营业执照",
        ),
    ],
)
async def test_each_refusal_is_said_in_the_form(
    running: RunningService, changed: dict[str, str], sentence: str
) -> None:
    async with running.pages(issuer_of("amr")) as browser:
        await browser.get(NEW)
        answer = await browser.post(NEW, **FORM | {"serial_number": "P9"} | changed)
        assert answer.status_code == 422
        assert sentence in answer.text


async def test_search_in_the_workspace(running: RunningService) -> None:
    async with running.pages(issuer_of("amr")) as browser:
        for number in range(PAGE_SIZE + 1):
            await issue(browser, serial_number=f"S{number}")
        await browser.get("/workspace")
        first = await browser.post("/workspace", holder_code=COMPANY_CODE.lower(), type="food-business-permit")
        assert len(re.findall(r'href="/licenses/', first.text)) == PAGE_SIZE
        token = re.search(r'name="page_token" value="([^"]+)"', first.text)
        assert token is not None
        second = await browser.post(
            "/workspace", holder_code=COMPANY_CODE, type="food-business-permit", page_token=token[1]
        )
        assert "回到第一页" in second.text
        pages = second.text.partition('class="pagination"')[2].partition("</nav>")[0]
        assert f'name="holder_code" value="{COMPANY_CODE}"' in pages, "the first page of what was searched"
        assert "已经是最后一页" in pages
        english = await browser.post("/workspace?language=en", holder_code=COMPANY_CODE, type="food-business-permit")
        assert f'value="{COMPANY_CODE}"' in english.text, "another language asks the same"
        assert 'action="/workspace?language=zh-Hans"' in english.text
        await browser.get("/workspace?language=zh-Hans")
        none = await browser.post("/workspace", holder_code="11440310TEXT00025J")
        assert "没有找到证照" in none.text
        assert all(COMPANY_CODE not in str(each.url) for each in (first, second))


async def test_counter_verification_answers_big_first(running: RunningService) -> None:
    async with running.pages(issuer_of("amr")) as browser:
        address = await issue(browser, serial_number="V1")
        html = (await browser.get(address)).text
        found = re.search(r'data-copy="([^"]+)"', html)
        assert found is not None
    async with running.pages(verifier("fire")) as browser:
        await browser.get("/verify")
        for typed, big in [
            (found[1], "真实有效"),
            (f" {found[1]} ", "真实有效"),
            (found[1][:-1] + "*", "标识不正确"),
            ("1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U", "不能确认"),
        ]:
            answer = await browser.post("/verify", identifier=typed, purpose="现场检查")
            assert answer.status_code == 200
            assert answer.text.index(big) < answer.text.index("核对了什么")
            assert "王小满" not in answer.text
        refused = await browser.post("/verify", identifier=found[1], purpose=" ")
        assert refused.status_code == 422
        assert found[1] in refused.text


def mistyped(identifier: str) -> str:
    """The identifier with a check character that no routine gives."""
    candidates = (identifier[:-1] + character for character in "0123456789")
    return next(each for each in candidates if examine(each).identifier is None)


async def test_a_wrong_identifier_stays_in_its_field_with_its_error(running: RunningService) -> None:
    async with running.pages(issuer_of("amr")) as browser:
        html = (await browser.get(await issue(browser, serial_number="V2"))).text
        found = re.search(r'data-copy="([^"]+)"', html)
        assert found is not None
        await browser.get("/verify")
        for typed, error in [
            (found[1][:-1] + "*", "这不是电子证照标识"),
            (mistyped(found[1]), "校验位不对"),
            ("1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U", ""),
        ]:
            shown = (await browser.post("/verify", identifier=typed, purpose="现场检查")).text
            field = shown[shown.index('<form method="post" action="/verify"') :]
            assert f'value="{typed}"' in field
            assert 'value="现场检查"' in field
            assert ('id="identifier-error"' in field) == bool(error)
            assert error in field
        right = (await browser.post("/verify", identifier=found[1], purpose="现场检查")).text
        assert f'value="{found[1]}"' not in right


async def test_what_people_type_is_taken_and_a_slip_is_marked(running: RunningService) -> None:
    async with running.pages(issuer_of("amr")) as browser:
        html = (await browser.get(await issue(browser, serial_number="V7"))).text
        found = re.search(r'data-copy="([^"]+)"', html)
        assert found is not None
        right = found[1]
        await browser.get("/verify")
        wide = "".join(chr(ord(each) + 0xFEE0) for each in right)
        for typed in (
            right.lower(),
            wide,
            right.replace(".", " . "),
            f"电子证照标识：{right}",
            f"http://x/?identifier={right}",
        ):
            assert "真实有效" in (await browser.post("/verify", identifier=typed, purpose="现场检查")).text
        wrong = right.replace("TEXT00017P.", "TEXT00071P.")
        shown = (await browser.post("/verify", identifier=wrong.lower(), purpose="现场检查")).text
        assert f'value="{wrong}"' in shown
        assert 'value="现场检查"' in shown
        assert "可能颠倒了" in shown
        assert "<mark>71" in shown
        english = await browser.post("/verify?language=en", identifier=wrong, purpose="现场检查")
        assert "may be swapped" in english.text


async def test_grounds_of_blanks_keep_the_rest_of_the_form(running: RunningService) -> None:
    async with running.pages(issuer_of("amr")) as browser:
        address = await issue(browser, serial_number="V3")
        await browser.get(f"{address}/revoke")
        for reason, basis, error in [("  \n ", "食品安全法", "reason"), ("提供虚假材料", "   ", "legal_basis")]:
            answer = await browser.post(f"{address}/revoke", reason=reason, legal_basis=basis)
            assert answer.status_code == 422
            assert f'id="{error}-error"' in answer.text
            assert (basis if error == "reason" else reason) in answer.text
        blank = await browser.post(NEW, **FORM | {"serial_number": "V4", "holder_name": "   "})
        assert blank.status_code == 422
        assert 'id="holder_name-error"' in blank.text
        assert 'value="V4"' in blank.text


async def test_my_licences(running: RunningService) -> None:
    async with running.pages(holder_person("440310198502140001")) as browser:
        html = (await browser.get("/mine")).text
        assert "教师资格证书" in html
        assert "刘春生" not in html
        address = re.search(r'href="(/licenses/[^"]+)"', html)
        assert address is not None
        page = (await browser.get(address[1])).text
        assert "440310198502140001" not in page
        assert "吊销这张证照" not in page
    async with running.pages(holder_person()) as browser:
        assert "您名下还没有电子证照" in (await browser.get("/mine")).text


async def test_a_double_click_issues_one_licence_and_revokes_it_once(running: RunningService) -> None:
    async with running.pages(issuer_of("amr")) as browser:
        shown = await browser.get(NEW)
        cookies = {"Cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items())}
        address = leads_to(await twice(browser.client, shown.text, NEW, FORM | {"serial_number": "T2"}, cookies))
        path = address.split("?")[0]
        page = (await browser.get(f"{path}/revoke")).text
        reason = {"reason": "提供虚假材料", "legal_basis": "行政许可法 第六十九条"}
        leads_to(await twice(browser.client, page, f"{path}/revoke", reason, cookies))
    async with running.given.database.read() as tx:
        subject = path.rsplit("/", 1)[1]
        acts = (await tx.execute(select(record.c.act).where(record.c.subject == subject))).scalars().all()
    assert sorted(acts) == sorted(set(acts)), acts
