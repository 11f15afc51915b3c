"""The second page of a sign-in: authenticator, recovery codes, first set-up, step-up, tabs side by side."""

import re
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pyotp
import pytest

from tests.support.identity.parties import Attempt, Browser, Identity, answer_of, csrf_of, submit


def second_factor(identity: Identity, page: Browser, login: str, continuation: str = "/") -> str:
    """The address of the second page, after the password."""
    answer = identity.give_password(page, login, continuation)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def enter(page: Browser, address: str, kind: str, code: str) -> int:
    return submit(
        page, address.replace("/second-factor?", f"/second-factor/{kind}?"), {"code": code}, at=address
    ).status_code


async def test_a_level_one_system_opens_with_a_password_and_the_next_one_asks_for_a_step(identity: Identity) -> None:
    page, mobile = identity.browser(), identity.district("mobile")
    needed = page.get(mobile.authorize_path(Attempt()))
    answer = identity.give_password(page, "water01", answer_of(needed)["continue"])
    assert "code" in answer_of(page.get(answer.headers["location"]))
    oa = identity.district("oa")
    raised = page.get(oa.authorize_path(Attempt()))
    assert raised.headers["location"].startswith("/sign-in/step-up?")
    second = page.get(raised.headers["location"]).headers["location"]
    assert "您已登录，只需再验证一步" in page.get(second).text
    cookie = page.cookies["__Host-pingshan-identity"]
    back = identity.give_code(page, "water01", second)
    assert page.cookies["__Host-pingshan-identity"] != cookie
    assert "code" in answer_of(page.get(back.headers["location"]))
    assert page.get("/").status_code == 200


def test_identitys_own_pages_ask_staff_for_level_two(identity: Identity) -> None:
    page = identity.browser()
    continuation = answer_of(page.get(identity.district("credit").authorize_path(Attempt())))["continue"]
    identity.give_password(page, "drc01", continuation)
    for path in ("/", "/account", "/sign-in-record"):
        answer = page.get(path)
        assert answer.headers["location"].startswith("/sign-in/step-up?")
        assert answer_of(answer)["continue"] == path


def test_acr_values_raise_the_level_and_the_token_says_so(identity: Identity) -> None:
    page, mobile = identity.browser(), identity.district("mobile")
    needed = page.get(mobile.authorize_path(Attempt(), acr_values="2"))
    address = second_factor(identity, page, "police01", answer_of(needed)["continue"])
    assert address.startswith("/sign-in/second-factor?")


def test_a_passkey_system_says_what_is_missing(identity: Identity) -> None:
    page = identity.signed_in("hr01")
    raised = page.get(identity.district("hr").authorize_path(Attempt()))
    second = page.get(raised.headers["location"]).headers["location"]
    assert "最高登录强度（L3）" in page.get(second).text


async def test_the_first_sign_in_without_a_factor_sets_one_up(identity: Identity) -> None:
    connection = await asyncpg.connect(identity.database_url)
    await connection.execute(
        "DELETE FROM totp USING person WHERE person.person_id = totp.person_id AND login_name = 'dpf01'"
    )
    await connection.close()
    login, page = "dpf01", identity.browser()
    second = second_factor(identity, page, login)
    set_up = page.get(second).headers["location"]
    shown = page.get(set_up)
    secret = re.search(r'data-copy="([A-Z2-7]{32})"', shown.text)
    assert secret
    assert "otpauth://totp/" in shown.text
    assert secret[1] in page.get(set_up).text, "a reload shows the same secret"
    wrong = page.post(set_up, data={"csrf_token": csrf_of(shown), "code": "000000"})
    assert wrong.status_code == 401
    form = {"csrf_token": csrf_of(shown), "code": pyotp.TOTP(secret[1]).now()}
    done = page.post(set_up, data=form)
    codes = re.findall(r"<li>([a-z2-9]{5}-[a-z2-9]{5})</li>", done.text)
    assert len(set(codes)) == 10
    assert page.get("/").status_code == 200
    again = identity.browser()
    address = second_factor(identity, again, login)
    assert enter(again, address, "recovery-code", codes[0].upper().replace("-", " ")) == 303
    assert again.get("/").status_code == 200
    third = identity.browser()
    address = second_factor(identity, third, login)
    assert enter(third, address, "recovery-code", codes[0]) == 401
    assert third.get("/").status_code == 303


def test_two_tabs_sign_in_at_once_and_neither_breaks(identity: Identity) -> None:
    page = identity.browser()
    first = second_factor(identity, page, "housing01", "/account")
    other = second_factor(identity, page, "housing01", "/sign-in-record")
    assert identity.give_code(page, "housing01", first).headers["location"] == "/account"
    assert identity.give_code(page, "housing01", other).headers["location"] == "/sign-in-record"
    assert page.get("/account").status_code == 200


def test_an_attempt_that_is_over_starts_again_where_it_began(identity: Identity) -> None:
    page = identity.browser()
    address = second_factor(identity, page, "ecology01", "/account")
    identity.give_code(page, "ecology01", address)
    assert page.get(address).headers["location"] == "/account"
    page.cookies.pop("__Host-pingshan-identity")
    again = "/sign-in?continue=%2Faccount&login_hint=ecology01&expired=true"
    assert page.get(address).headers["location"] == again, "the name is kept"
    unknown = re.sub("attempt=[^&]+", "attempt=unknown", address)
    assert page.get(unknown).headers["location"] == again


@pytest.mark.parametrize("path", ["/sign-in/second-factor", "/sign-in/set-up", "/sign-in/step-up"])
def test_without_an_attempt_the_way_leads_to_the_sign_in(identity: Identity, path: str) -> None:
    page = identity.browser()
    location = page.get(path).headers["location"]
    assert urlsplit(location).path in {"/", "/sign-in"}
    assert not parse_qs(urlsplit(location).query).get("attempt")
