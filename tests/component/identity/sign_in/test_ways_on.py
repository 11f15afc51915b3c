"""Nobody is left at a dead end of a sign-in: each leads on to the same request, with the name that was typed."""

import re
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.support.identity.parties import Attempt, Browser, Identity, csrf_of


def follow(page: Browser, address: str) -> tuple[str, str]:
    """The address and text of the page that redirects lead to."""
    for _ in range(5):
        answer = page.get(address)
        if answer.status_code != 303:
            return address, answer.text
        address = answer.headers["location"]
    raise AssertionError(address)


def link(text: str, pattern: str) -> str:
    found = re.search(pattern, text)
    assert found, text
    return unescape(found[1])


def at_second_factor(identity: Identity, page: Browser, attempt: Attempt) -> tuple[str, str]:
    """The address of the second step, and the system's request."""
    first = page.get(identity.district("oa").authorize_path(attempt)).headers["location"]
    continuation = parse_qs(urlsplit(first).query)["continue"][0]
    return identity.give_password(page, "water01", continuation).headers["location"], continuation


@pytest.mark.parametrize("lost", ["before the page", "before the form"])
def test_cookies_lost_at_the_second_factor(identity: Identity, lost: str) -> None:
    page, attempt = identity.browser(), Attempt()
    second, continuation = at_second_factor(identity, page, attempt)
    form = {"csrf_token": csrf_of(page.get(second)), "code": identity.code_now("water01")}
    page.cookies.clear()
    if lost == "before the form":
        refused = page.post(second.replace("-factor?", "-factor/totp?"), form)
        assert refused.status_code == 403
        second = link(refused.text, 'content="0;url=([^"]+)"')
    address, text = follow(page, second)
    assert urlsplit(address).path == "/sign-in"
    assert parse_qs(urlsplit(address).query)["continue"] == [continuation], "the same request goes on"
    assert 'value="water01"' in text, "the name is kept"
    assert "登录页面已过期" in text
    done = identity.sign_in(page, "water01", continuation)
    assert page.get(done.headers["location"]).headers["location"].startswith(identity.district("oa").redirect_uri)


def test_what_the_public_types_is_not_kept_in_addresses(identity: Identity) -> None:
    page = identity.browser()
    mobile = next(iter(identity.sign_ins["public"]))
    assert "login_hint" not in identity.give_password(page, mobile, "/account").headers["location"]


def test_a_sign_in_page_opened_while_signed_in(identity: Identity) -> None:
    page, party = identity.signed_in("water01"), identity.district("oa")
    shown = page.get("/sign-in", params={"continue": party.authorize_path(Attempt())}).text
    assert "您已登录" in shown
    further = link(shown, 'href="([^"]+)">继续使用这个登录')
    assert page.get(further).headers["location"].startswith(party.redirect_uri)
    shown = page.get(page.get(party.authorize_path(Attempt(), prompt="login")).headers["location"]).text
    assert "您已登录" in shown
    assert "继续使用这个登录" not in shown, "it would lead back here"
    assert "您已登录" not in identity.browser().get("/sign-in").text


def test_the_page_of_the_other_realm_says_which_account_it_wants(identity: Identity) -> None:
    shown = identity.signed_in("water01").get("/public/sign-in").text
    assert "您已用工作人员账号登录，这里要用个人账户登录" in shown
    assert "这里要用" not in identity.browser().get("/public/sign-in").text


@pytest.mark.parametrize(
    ("path", "sentence"), [("/sign-in", "请联系本单位的安全管理员"), ("/public/sign-in", "请用短信验证码登录")]
)
def test_the_page_says_whom_to_ask(identity: Identity, path: str, sentence: str) -> None:
    shown = identity.browser().get(path).text
    assert sentence in shown
    assert "咨询电话：" in shown
    assert 'href="tel:0755-12345"' in shown


def test_a_form_sent_after_the_sign_in_has_ended_leads_back_to_its_page(identity: Identity) -> None:
    page = identity.signed_in("fire01")
    form = {"csrf_token": csrf_of(page.get("/account/security"))}
    page.cookies.pop("__Host-pingshan-identity")
    come_from = {"Referer": f"{identity.url}/account/security?tab=codes"}
    for headers, led in ((come_from, "/account/security?tab=codes"), ({}, "/account/security")):
        answer = page.post("/account/security/recovery-codes", data=form, headers=headers)
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/sign-in?{urlencode({'continue': led, 'unsent': 'true'})}"
