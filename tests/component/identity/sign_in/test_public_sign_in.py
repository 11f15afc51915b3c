"""People of the public sign in with a telephone number, and prove their name later."""

import asyncio
from collections.abc import AsyncIterator
from html import unescape
from urllib.parse import parse_qs, urlsplit

import asyncpg
import httpx
import pytest

from tests.support.alerts.fake import FakeAlerts
from tests.support.identity.parties import Attempt, Browser, Identity, answer_of, csrf_of, submit
from tests.support.identity.upstreams import back, choose, off_to_link, onward, sign_in_by
from tests.support.platform import BoundService

SIGN_IN = "/public/sign-in"


@pytest.fixture(scope="module")
async def alerts(bound_identity: BoundService, identity: Identity) -> AsyncIterator[FakeAlerts]:
    fake = await FakeAlerts(bound_identity.fields["rpc_alerts"]).start()
    yield fake
    await fake.stop()


def ask(page: Browser, mobile: str) -> httpx.Response:
    return submit(page, f"{SIGN_IN}/code/send", {"mobile": mobile}, at=SIGN_IN)


async def code_for(alerts: FakeAlerts, mobile: str) -> str:
    """Waits for the message; only the newest counts."""
    async with asyncio.timeout(20):
        while not any(item.mobile_number == mobile for item in alerts.sent):  # noqa: ASYNC110 - another process sends
            await asyncio.sleep(0.05)
    return alerts.code(mobile)


async def sign_in_by_code(page: Browser, alerts: FakeAlerts, mobile: str) -> httpx.Response:
    address = ask(page, mobile).headers["location"]
    return submit(page, address, {"code": await code_for(alerts, f"+86{mobile}")})


async def people(identity: Identity) -> int:
    connection = await asyncpg.connect(identity.database_url)
    count = await connection.fetchval("SELECT count(*) FROM person")
    await connection.close()
    return int(count)


async def test_a_new_number_makes_a_person_who_proves_their_name_later(
    identity: Identity, alerts: FakeAlerts, simulators: str
) -> None:
    page, before = identity.browser(), await people(identity)
    assert (await sign_in_by_code(page, alerts, "13800000102")).headers["location"] == "/"
    assert await people(identity) == before + 1
    account = page.get("/account").text
    assert "L1：已验证手机号" in account
    assert "未实名用户" in account
    assert onward(back(page, choose(off_to_link(page, "gd-unified"), "gd-0102"))) == "/account/upstreams"
    account = page.get("/account").text
    assert "L2：已实名" in account
    assert "欧阳若兰" in account
    assert await people(identity) == before + 1


async def test_a_system_that_needs_a_proven_name_asks_for_it_and_then_opens(
    identity: Identity, alerts: FakeAlerts, simulators: str
) -> None:
    page, party, attempt = identity.browser(), identity.platform("e-license"), Attempt()
    await sign_in_by_code(page, alerts, "13800000101")
    await need_real_name(identity, 2)
    asked = party.authorize_path(attempt, realm="public")
    needed = page.get(asked).headers["location"]
    assert needed.startswith("/account/upstreams?continue=%2Fauthorize")
    shown = page.get(needed)
    assert "要进入的系统需要实名" in shown.text
    action = unescape(shown.text.partition('<form method="post" action="/account/upstreams/link')[2].partition('"')[0])
    form = {"csrf_token": csrf_of(shown), "provider": "gd-unified"}
    address = onward(page.post(f"/account/upstreams/link{action}", data=form))
    further = onward(back(page, choose(address, "gd-0101")))
    assert "code" in answer_of(page.get(further))
    assert "error=login_required" in silently(await telephone_only(identity, alerts), asked)
    await need_real_name(identity, 0)


async def telephone_only(identity: Identity, alerts: FakeAlerts) -> Browser:
    page = identity.browser()
    await sign_in_by_code(page, alerts, "13900000010")
    return page


def silently(page: Browser, asked: str) -> str:
    """What the client gets where it wants no page."""
    return str(page.get(f"{asked}&prompt=none").headers["location"])


async def need_real_name(identity: Identity, level: int) -> None:
    connection = await asyncpg.connect(identity.database_url)
    await connection.execute("UPDATE client SET required_real_name_level = $1 WHERE client_id = 'e-license'", level)
    await connection.close()


async def test_a_known_number_signs_in_who_has_nothing_else(identity: Identity, alerts: FakeAlerts) -> None:
    await sign_in_by_code(identity.browser(), alerts, "13900000020")
    page, before = identity.browser(), await people(identity)
    identity.execute("UPDATE sms_challenge SET sent_at = sent_at - interval '1 day'")
    alerts.sent.clear()
    assert (await sign_in_by_code(page, alerts, "13900000020")).headers["location"] == "/"
    assert page.get("/account").status_code == 200
    assert await people(identity) == before


async def test_a_proven_name_asks_for_more_than_a_code_and_offers_every_way(
    identity: Identity, alerts: FakeAlerts, simulators: str
) -> None:
    page = identity.browser()
    second = (await sign_in_by_code(page, alerts, "13800000001")).headers["location"]
    assert "__Host-pingshan-identity-public" not in page.cookies
    shown = page.get(second).text
    for words in ("只凭短信验证码不能打开它", "广东省统一身份认证平台", "用密码登录", "开通我自己的账户"):
        assert words in shown
    assert onward(sign_in_by(page, "gd-unified", "gd-0001")) == "/"
    assert "王小满" in page.get("/account").text


async def test_whoever_has_the_number_of_another_begins_an_account_of_their_own(
    identity: Identity, alerts: FakeAlerts
) -> None:
    page, before = identity.browser(), await people(identity)
    second = (await sign_in_by_code(page, alerts, "13800000004")).headers["location"]
    begin = second.replace("/second-factor?", "/second-factor/begin-anew?")
    assert submit(page, begin, {}, at=second).headers["location"] == "/"
    assert "未实名用户" in page.get("/account").text
    assert await people(identity) == before + 1
    released = identity.execute("SELECT count(*) AS n FROM record WHERE act = 'telephone.released'")
    assert released[0]["n"] == 1


async def test_nothing_tells_whether_a_number_is_known(identity: Identity, alerts: FakeAlerts) -> None:
    known, unknown = identity.browser(), identity.browser()
    shown = []
    for page, mobile in ((known, "13800000003"), (unknown, "13900000003")):
        answer = ask(page, mobile)
        assert answer.status_code == 303
        location = urlsplit(answer.headers["location"])
        assert (location.path, set(parse_qs(location.query))) == (f"{SIGN_IN}/code", {"attempt", "continue"})
        assert mobile not in answer.headers["location"]
        text = page.get(answer.headers["location"]).text
        shown.append(text.partition("<main")[2].partition("<form")[0].replace(f"{mobile[:3]}****", ""))
    assert shown[0] == shown[1]


async def test_a_code_counts_in_its_browser_only_and_once(identity: Identity, alerts: FakeAlerts) -> None:
    page, thief = identity.browser(), identity.browser()
    thief.get(SIGN_IN)
    address = ask(page, "13900000004").headers["location"]
    code = await code_for(alerts, "+8613900000004")
    assert thief.get(address).headers["location"] == "/"
    token = thief.get(SIGN_IN).text.partition('name="csrf_token" value="')[2].partition('"')[0]
    assert thief.post(address, data={"csrf_token": token, "code": code}).headers["location"] == "/"
    assert "__Host-pingshan-identity-public" not in thief.cookies
    assert submit(page, address, {"code": code}).status_code == 303
    assert page.get(address).headers["location"] == "/"


async def test_guesses_are_counted_and_then_the_right_code_is_too_late(identity: Identity, alerts: FakeAlerts) -> None:
    page = identity.browser()
    address = ask(page, "13900000005").headers["location"]
    code = await code_for(alerts, "+8613900000005")
    wrong = "000000" if code != "000000" else "111111"
    assert [submit(page, address, {"code": wrong}).status_code for _ in range(5)] == [401] * 5
    assert submit(page, address, {"code": code}).status_code == 401


def test_one_code_a_minute(identity: Identity, alerts: FakeAlerts) -> None:
    page = identity.browser()
    assert ask(page, "13900000006").status_code == 303
    again = ask(page, "13900000006")
    assert again.status_code == 429
    assert int(again.headers["retry-after"]) > 0


@pytest.mark.parametrize("mobile", ["", "12345", "+14155550100", "1380000000１２"])
def test_what_is_no_mobile_number_is_said_on_the_page(identity: Identity, mobile: str) -> None:
    answer = ask(identity.browser(), mobile)
    assert answer.status_code == 422
    assert "请输入 11 位中国内地手机号码" in answer.text


async def test_two_who_prove_one_new_number_at_once_are_one_person(identity: Identity, alerts: FakeAlerts) -> None:
    page, before = identity.browser(), await people(identity)
    address = ask(page, "13900000007").headers["location"]
    code = await code_for(alerts, "+8613900000007")
    token = page.get(address).text.partition('name="csrf_token" value="')[2].partition('"')[0]
    cookies = "; ".join(f"{name}={value}" for name, value in page.cookies.items())

    async def give() -> int:
        form = {"csrf_token": token, "code": code}
        async with httpx.AsyncClient(timeout=20) as client:
            answer = await client.post(identity.url + address, data=form, headers={"Cookie": cookies})
            return int("set-cookie" in answer.headers)

    assert sum(await asyncio.gather(*(give() for _ in range(4)))) == 1
    assert await people(identity) == before + 1


@pytest.mark.parametrize("path", [f"{SIGN_IN}/code/send", f"{SIGN_IN}/code"])
def test_the_forms_need_their_token(identity: Identity, path: str) -> None:
    assert identity.browser().post(path, data={"mobile": "13900000008", "code": "1"}).status_code == 403
