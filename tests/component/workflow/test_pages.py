"""The way of a restaurant through the pages, as a clerk and officers walk it."""

import re
from collections.abc import Awaitable, Callable

import pytest
from pingshan_kit import paging
from pingshan_workflow.domain.cases.case import Verdict

from tests.support.forms import leads_to, twice
from tests.support.workflow.browser import Browser, hidden_fields
from tests.support.workflow.cases import CLERK, COMPANY, FORM, Counter, officer
from tests.support.workflow.siblings import FakeLicenses

pytestmark = pytest.mark.usefixtures("worker")

Sign = Callable[..., Awaitable[Browser]]
ANSWERS = {
    "applicant_name": "深圳市坪山区小满餐饮有限公司",
    "applicant_code": COMPANY,
    "agent_name": "周经办",
    "agent_mobile": "13800000001",
    "form.shop_name": "小满餐厅",
    "form.premises": "坪山街道金牛西路 1 号 101",
    "form.area": "128.5",
    "form.legal_representative": "林小满",
    "form.business_items": ["热食类食品制售", "自制饮品制售"],
    "form.dine_in": "yes",
    "form.fire_method": "promise",
    "form.shop_sign": "yes",
    "form.sign_area": "6",
    "form.has_kitchen": "yes",
    "form.outlet_count": "2",
}


@pytest.fixture(autouse=True)
def business_licence(licenses: FakeLicenses) -> None:
    licenses.held = {(COMPANY, "business-licence")}


async def file(browser: Browser) -> str:
    """From the guide to the receipt; the case id."""
    await browser.get("/matters/restaurant-opening/apply")
    checked = await browser.post("/matters/restaurant-opening/check", ANSWERS)
    assert "提交前请核对" in checked.text
    receipt = await browser.post("/matters/restaurant-opening/submit", {})
    assert "收件回执" in receipt.text
    return receipt.url.path.split("/")[2]


async def decide(browser: Browser, task: str, verdict: str, comment: str = "") -> str:
    await browser.get(f"/tasks/{task}")
    await browser.post(f"/tasks/{task}/confirm", {"verdict": verdict, "comment": comment})
    return (await browser.post(f"/tasks/{task}/decision", {})).text


async def test_a_clerk_files_and_four_departments_decide(browser: Sign, counter: Counter) -> None:
    clerk = await browser(CLERK)
    case_id = await file(clerk)
    market = await browser(officer("amr"))
    assert case_id in (await market.get("/inbox")).text
    assert "决定已生效" in await decide(market, f"{case_id}.acceptance", "approve")
    await counter.until_open(case_id, "food-permit", "shop-sign", "fire-check", "drainage-permit")
    for organisation, node in (("urban", "shop-sign"), ("fire", "fire-check"), ("water", "drainage-permit")):
        assert "决定已生效" in await decide(await browser(officer(organisation)), f"{case_id}.{node}", "approve")
    await decide(market, f"{case_id}.food-permit", "approve")
    await counter.until_closed(case_id)
    shown = (await clerk.get(f"/cases/{case_id}")).text
    assert "准予" in shown
    assert "食品经营许可证" in shown
    assert "林小满" not in shown


async def test_every_page_opens_in_both_languages(browser: Sign, counter: Counter) -> None:
    case_id = await counter.submit()
    someone = await browser(officer("amr"))
    for path in (
        "/matters",
        "/matters/restaurant-opening",
        "/matters/restaurant-opening/apply",
        "/inbox",
        f"/tasks/{case_id}.acceptance",
        "/cases",
        f"/cases/{case_id}",
        f"/cases/{case_id}/receipt",
    ):
        for language, word in (("zh-Hans", "智慧坪山"), ("en", "Smart Pingshan")):
            answer = await someone.get(f"{path}?language={language}")
            assert answer.status_code == 200, path
            assert word in answer.text


async def test_wrong_answers_come_back_with_their_sentences(browser: Sign) -> None:
    clerk = await browser(CLERK)
    await clerk.get("/matters/restaurant-opening/apply")
    wrong = ANSWERS | {"form.area": "many", "form.outlet_count": "0", "agent_mobile": "1", "applicant_code": "9144"}
    answer = await clerk.post("/matters/restaurant-opening/check", wrong)
    assert answer.status_code == 422
    for sentence in ("应为数字", "应在 1 到 1000 之间", "请填写 11 位手机号码", "请核对申请人的代码"):
        assert sentence in answer.text
    assert "坪山街道金牛西路 1 号 101" in answer.text


async def test_answers_can_be_changed_before_submission(browser: Sign) -> None:
    clerk = await browser(CLERK)
    await clerk.get("/matters/restaurant-opening/apply")
    await clerk.post("/matters/restaurant-opening/check", ANSWERS)
    hidden = "/matters/restaurant-opening/submit"
    again = await clerk.post("/matters/restaurant-opening/apply", hidden_fields(clerk.html, hidden))
    assert "坪山街道金牛西路 1 号 101" in again.text


async def test_a_rejection_without_a_reason_is_not_even_confirmed(browser: Sign, counter: Counter) -> None:
    case_id = await counter.submit()
    market = await browser(officer("amr"))
    await market.get(f"/tasks/{case_id}.acceptance")
    answer = await market.post(f"/tasks/{case_id}.acceptance/confirm", {"verdict": "reject", "comment": " "})
    assert answer.status_code == 422
    assert "不予通过必须写明理由" in answer.text


@pytest.mark.parametrize(
    ("comment", "error"), [("  \n ", "不予通过必须写明理由"), ("疏散通道不足" + "字" * 2000, "最多 2000 个字")]
)
async def test_a_comment_that_cannot_be_taken_stays_with_its_error(
    browser: Sign, counter: Counter, comment: str, error: str
) -> None:
    task = f"/tasks/{await counter.submit()}.acceptance"
    market = await browser(officer("amr"))
    await market.get(task)
    answer = await market.post(f"{task}/confirm", {"verdict": "reject", "comment": comment})
    assert answer.status_code == 422
    assert 'id="comment-error"' in answer.text
    assert error in answer.text
    assert comment.strip() in answer.text


async def test_the_second_officer_is_told_who_decided(browser: Sign, counter: Counter) -> None:
    case_id = await counter.submit()
    late = await browser(officer("amr", 2, name="孙晚来"))
    await late.get(f"/tasks/{case_id}.acceptance")
    await late.post(f"/tasks/{case_id}.acceptance/confirm", {"verdict": "approve", "comment": ""})
    await counter.decide(case_id, "acceptance", officer("amr"), Verdict.APPROVE)
    answer = await late.post(f"/tasks/{case_id}.acceptance/decision", {})
    assert answer.status_code == 409
    assert "已由 王*夏 办理" in answer.text
    assert "王立夏" in answer.text


async def test_personal_data_is_masked_until_somebody_asks_on_record(browser: Sign, counter: Counter) -> None:
    case_id = await counter.submit(FORM)
    clerk = await browser(CLERK)
    masked = (await clerk.get(f"/cases/{case_id}")).text
    assert "138****0001" in masked
    assert "+8613800000001" not in masked
    revealed = (await clerk.post(f"/cases/{case_id}/reveal", {})).text
    assert "+8613800000001" in revealed


async def test_a_double_click_decides_once_and_leads_to_the_same(browser: Sign) -> None:
    case_id = await file(await browser(CLERK))
    market, task = await browser(officer("amr")), f"/tasks/{case_id}.acceptance"
    await market.get(task)
    await market.post(f"{task}/confirm", {"verdict": "approve", "comment": ""})
    cookies = {"Cookie": "; ".join(f"{name}={value}" for name, value in market.cookies.items()), "Accept": "text/html"}
    address = leads_to(await twice(market.client, market.html, f"{task}/decision", {}, cookies))
    assert "决定已生效" in (await market.get(address)).text


@pytest.mark.parametrize("verdict", ["", "approved", None])
async def test_a_decision_that_does_not_say_which_decides_nothing(
    browser: Sign, counter: Counter, verdict: str | None
) -> None:
    """It is no rejection, although a reason is there."""
    task = f"/tasks/{await counter.submit()}.acceptance"
    market = await browser(officer("amr"))
    await market.get(task)
    await market.post(f"{task}/confirm", {"verdict": "approve", "comment": "材料齐全"})
    fields = hidden_fields(market.html, f"{task}/decision") | {"verdict": verdict}
    said = {name: value for name, value in fields.items() if value is not None}
    answer = await market.client.post(f"{task}/decision", data=said, headers=market.headers())
    assert answer.status_code == 422
    assert "请选择通过或不予通过" in answer.text
    assert f'action="{task}/confirm"' in (await market.get(task)).text, "still open"


async def test_another_language_keeps_what_was_typed(browser: Sign, counter: Counter) -> None:
    clerk, check = await browser(CLERK), "/matters/restaurant-opening/check"
    await clerk.get("/matters/restaurant-opening/apply")
    refused = await clerk.post(check, ANSWERS | {"agent_mobile": "1"})
    for language, sentence in (("en", "Enter a mobile number of 11 digits"), ("zh-Hans", "请填写 11 位手机号码")):
        assert refused.status_code == 422
        refused = await clerk.post(f"{check}?language={language}", {})
        assert sentence in refused.text
        assert 'value="坪山街道金牛西路 1 号 101"' in refused.text
    market, task = await browser(officer("amr")), f"/tasks/{await counter.submit()}.acceptance"
    await market.get(task)
    await market.post(f"{task}/confirm", {"verdict": "reject", "comment": "疏散通道不足"})
    english = await market.post(f"{task}/confirm?language=en", {})
    assert "Confirm: reject" in english.text
    assert "疏散通道不足" in english.text


async def test_another_language_of_the_form_that_is_being_changed_stays_at_the_form(browser: Sign) -> None:
    clerk, form = await browser(CLERK), "/matters/restaurant-opening/apply"
    await clerk.get(form)
    await clerk.post("/matters/restaurant-opening/check", ANSWERS)
    fields = hidden_fields(clerk.html, "/matters/restaurant-opening/submit")
    await clerk.post(form, fields)
    english = await clerk.post(f"{form}?language=en", {})
    assert "Name of the restaurant" in english.text
    assert 'value="小满餐厅"' in english.text


async def test_a_search_has_pages_and_keeps_what_was_searched(
    browser: Sign, counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest = [await counter.submit() for _ in range(3)][::-1]
    monkeypatch.setattr(paging, "PAGE_SIZE", 2)
    clerk = await browser(CLERK)
    await clerk.get("/cases")
    first = await clerk.post("/cases", {"q": COMPANY})
    assert [f"/cases/{case}" in first.text for case in newest] == [True, True, False]
    assert "已经是最后一页" not in first.text
    second = await clerk.client.post("/cases", data=_next_page(first.text), headers=clerk.headers())
    assert [f"/cases/{case}" in second.text for case in newest] == [False, False, True]
    assert f'name="q" type="search" value="{COMPANY}"' in second.text
    assert "回到第一页" in second.text
    assert COMPANY not in str(second.url)


def _next_page(html: str) -> dict[str, str]:
    """The fields of the last form among the pages."""
    form = html.partition('class="pagination"')[2].partition("</nav>")[0].rpartition("<form")[2]
    return dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form))


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
async def test_a_limit_cites_its_rule_in_the_language_of_the_page(
    browser: Sign, counter: Counter, language: str
) -> None:
    market, task = await browser(officer("amr")), f"/tasks/{await counter.submit()}.acceptance"
    for path in (task, "/matters/restaurant-opening"):
        shown = (await market.get(f"{path}?language={language}")).text
        assert ("Administrative License Law, article 32" in shown) == (language == "en")
        assert ('<span class="muted" lang="zh-Hans">行政许可法 第三十二条</span>' in shown) == (language == "en")
        assert "行政许可法 第三十二条" in shown


async def test_who_goes_back_from_the_confirmation_keeps_the_comment(browser: Sign, counter: Counter) -> None:
    task = f"/tasks/{await counter.submit()}.acceptance"
    market = await browser(officer("amr"))
    await market.get(task)
    await market.post(f"{task}/confirm", {"verdict": "reject", "comment": "疏散通道不足"})
    fields = hidden_fields(market.html, f"{task}/decision")
    assert f'formaction="{task}/confirm" name="verdict" value=""' in market.html
    back = await market.post(f"{task}/confirm", fields | {"verdict": ""})
    assert back.status_code == 200
    assert "疏散通道不足</textarea>" in back.text
