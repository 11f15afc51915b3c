"""What people see: launchpad, account, record, errors, in both languages."""

import re

import pytest
from pingshan_identity.seed.files import read

from tests.support.identity.parties import Attempt, Browser, Identity, answer_of, csrf_of, submit


@pytest.fixture(scope="module")
def page(identity: Identity) -> Browser:
    return identity.signed_in("water01")


def systems_of(page: Browser, search: str = "") -> list[str]:
    text = page.get(f"/?q={search}").text
    return re.findall(r'<li><a href="([^"]+)"><b>', text)


def test_the_launchpad_shows_what_the_post_opens(identity: Identity, page: Browser) -> None:
    opened = systems_of(page)
    assert f"{identity.services['workflow']}/sign-in?next=%2F" in opened
    assert f"{identity.simulators}/systems/water-monitor/" in opened
    assert f"{identity.simulators}/systems/finance/" not in opened
    assert not [address for address in opened if address.startswith(identity.services["wifi-portal"])]
    operator = systems_of(identity.signed_in("operator01"))
    assert len(operator) == 4 + 25
    public = systems_of(identity.signed_in("+8613800000004"))
    assert public == [f"{identity.services[service]}/sign-in?next=%2F" for service in ("e-license", "workflow")]


def test_every_system_on_the_launchpad_opens(identity: Identity, page: Browser) -> None:
    """Those above the level of the session ask for a step more first."""
    highest = {system["code"] for system in read("systems.json")["systems"] if system["required_level"] == 3}
    for address in systems_of(page):
        code = address.rstrip("/").rpartition("/")[2]
        if "/systems/" in address and code in highest:
            answer = page.get(identity.district(code).authorize_path(Attempt()))
            assert answer.headers["location"].startswith("/sign-in/step-up?")
        elif "/systems/" in address:
            identity.code(page, identity.district(code), Attempt())
    for service in ("workflow", "e-license", "alerts"):
        identity.code(page, identity.platform(service), Attempt())


@pytest.mark.parametrize(("search", "found"), [("水务", True), ("WATER", True), ("不存在", False), ("<script>", False)])
def test_the_launchpad_can_be_searched(page: Browser, search: str, found: bool) -> None:
    answer = page.get("/", params={"q": search})
    assert bool(re.findall(r'<li><a href="[^"]+"><b>', answer.text)) is found
    assert "<script>alert" not in answer.text
    assert found or "没有找到" in answer.text


def test_nobody_sees_a_page_before_signing_in_and_comes_back_to_it(identity: Identity) -> None:
    page = identity.browser()
    for path in ("/", "/account", "/sign-in-record"):
        answer = page.get(path)
        assert answer.status_code == 303
        signed_in = identity.sign_in(identity.browser(), "water01", answer_of(answer)["continue"])
        assert signed_in.headers["location"] == path


def test_a_person_ends_one_session_or_all(identity: Identity) -> None:
    phone, desk, third = (identity.signed_in("culture01") for _ in range(3))
    shown = desk.get("/account")
    ids = re.findall(r'name="session_id" value="([^"]+)"', shown.text)
    assert len(ids) == 3
    own = identity.district("oa").read(identity.tokens(phone, identity.district("oa"))["id_token"])["sid"]
    ended = desk.post("/account/sessions/end", data={"csrf_token": csrf_of(shown), "session_id": own})
    assert ended.headers["location"].startswith("/sign-outs/")
    assert phone.get("/account").status_code == 303
    done = desk.post("/account/sessions/end-all", data={"csrf_token": csrf_of(desk.get("/account"))})
    assert done.headers["location"].startswith("/sign-outs/")
    assert desk.get("/account").status_code == third.get("/account").status_code == 303


def test_the_record_shows_ones_own_acts_in_order(identity: Identity) -> None:
    page = identity.browser()
    submit(page, "/sign-in", {"login": "street_shijing01", "password": "wrong"})
    identity.sign_in(page, "street_shijing01")
    identity.tokens(page, identity.district("oa"))
    text = page.get("/sign-in-record").text
    order = [text.index(word) for word in ("进入系统", "登录成功", "登录被拒绝")]
    assert order == sorted(order)
    assert "智能政务办公系统" in text
    assert "密码不正确" in text


def test_the_account_masks_what_need_not_be_read(identity: Identity) -> None:
    page = identity.signed_in("+8613800000005")
    text = page.get("/account").text
    assert "138****0005" in text
    assert "13800000005" not in text


@pytest.mark.parametrize("path", ["/", "/account", "/sign-in-record", "/sign-in", "/public/sign-in", "/signed-out"])
def test_every_page_speaks_english(identity: Identity, page: Browser, path: str) -> None:
    answer = page.get(path, params={"language": "en"})
    assert answer.status_code == 200
    body = answer.text.partition("<main")[2].partition("</main>")[0]
    visible = re.sub(r"<[^>]+>", "", body)
    own_name = re.escape(re.sub(r".*class=\"person\">([^<]*)<.*", r"\1", answer.text, flags=re.DOTALL))
    assert not re.findall(r"[一-鿿]", re.sub(own_name, "", visible)), visible
    page.cookies.pop("pingshan_language", None)


def test_errors_carry_the_trace_code(identity: Identity, page: Browser) -> None:
    answer = page.get("/no-such-page")
    assert answer.status_code == 404
    assert "PLATFORM_NOT_FOUND" in answer.text
    assert re.search(r'data-copy="[0-9a-f]{32}"', answer.text)


@pytest.mark.parametrize("referred", [True, False])
def test_a_form_without_its_session_leads_to_a_sign_in_that_says_so(identity: Identity, referred: bool) -> None:
    page = identity.signed_in("water01")
    token = csrf_of(page.get("/account"))
    page.cookies.pop("__Host-pingshan-identity")
    sent = {"Referer": f"{identity.url}/account"} if referred else {}
    off = page.post("/account/sessions/end", {"csrf_token": token, "session_id": "x"}, headers=sent)
    assert off.headers["location"] == "/sign-in?continue=%2Faccount&unsent=true"
    assert "刚才的表单没有提交" in page.get(off.headers["location"]).text
    assert "Your form was not sent" in page.get(f"{off.headers['location']}&language=en").text


def test_a_form_above_the_level_leads_to_a_step_that_says_so(identity: Identity) -> None:
    page = identity.signed_in("hr01")
    token = csrf_of(page.get("/account"))
    of_hr = "person_id = (SELECT person_id FROM person WHERE login_name = 'hr01')"
    identity.execute(f"UPDATE sso_session SET acr = 1 WHERE ended_at IS NULL AND {of_hr}")
    off = page.post("/account/sessions/end", {"csrf_token": token, "session_id": "x"})
    assert off.headers["location"] == "/sign-in/step-up?continue=%2Faccount&unsent=true"
    step = page.get(off.headers["location"]).headers["location"]
    assert "刚才的表单没有提交" in page.get(step).text


def test_a_page_that_refuses_says_who_is_signed_in(identity: Identity) -> None:
    refused = identity.signed_in("water01").get("/admin/people")
    assert refused.status_code == 403
    [name] = re.findall(r'class="person">([^<]+)<', refused.text)
    main = refused.text.partition("<main")[2].partition("</main>")[0]
    assert f"现在登录的是：{name}" in main
    assert '<form method="post" action="/sign-out">' in main
    assert 'href="/sign-in?continue=%2Fadmin%2Fpeople"' in main


def test_the_sign_in_page_names_the_system_and_lets_the_form_return_there(identity: Identity) -> None:
    page = identity.browser()
    needed = page.get(identity.platform("e-license").authorize_path(Attempt(), ui_locales="en"))
    answer = page.get(needed.headers["location"])
    assert "Electronic licence exchange" in answer.text
    assert identity.services["e-license"] in answer.headers["content-security-policy"]
    assert "/public/sign-in?continue=" in answer.text
    staff_only = page.get(page.get(identity.platform("alerts").authorize_path(Attempt())).headers["location"])
    assert "/public/sign-in" not in staff_only.text
