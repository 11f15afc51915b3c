"""Second factors: codes count once, guesses are counted, an attempt belongs to its browser."""

import asyncio

import asyncpg
import httpx
import pytest

from tests.support.identity.parties import Browser, Identity, csrf_of, submit


def begin(identity: Identity, page: Browser, login: str) -> str:
    return str(identity.give_password(page, login).headers["location"])


def totp(address: str) -> str:
    return address.replace("/second-factor?", "/second-factor/totp?")


def test_a_code_counts_once(identity: Identity) -> None:
    page = identity.browser()
    address = begin(identity, page, "urban01")
    identity.let_codes_be_used_again()
    code = identity.code_now("urban01")
    assert submit(page, totp(address), {"code": code}, at=address).status_code == 303
    other = identity.browser()
    again = begin(identity, other, "urban01")
    assert submit(other, totp(again), {"code": code}, at=again).status_code == 401


async def test_two_with_the_same_code_at_once_become_one_session(identity: Identity) -> None:
    identity.let_codes_be_used_again()
    code = identity.code_now("fire01")
    prepared = []
    for _ in range(4):
        page = identity.browser()
        address = begin(identity, page, "fire01")
        prepared.append((page.cookies, csrf_of(page.get(address)), identity.url + totp(address)))

    async def give(cookies: dict[str, str], token: str, url: str) -> int:
        header = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()), "Accept": "text/html"}
        async with httpx.AsyncClient(timeout=20) as client:
            return (await client.post(url, data={"csrf_token": token, "code": code}, headers=header)).status_code

    statuses = await asyncio.gather(*(give(*each) for each in prepared))
    assert sorted(statuses).count(303) == 1


def test_another_browser_cannot_go_on_with_an_attempt(identity: Identity) -> None:
    address = begin(identity, identity.browser(), "traffic_police01")
    stranger = identity.browser()
    stranger.get("/sign-in")
    start = "/sign-in?continue=%2F&login_hint=traffic_police01&expired=true"
    assert stranger.get(address).headers["location"] == start
    token = csrf_of(stranger.get("/sign-in"))
    form = {"csrf_token": token, "code": identity.code_now("traffic_police01")}
    answer = stranger.post(totp(address), data=form)
    assert answer.headers["location"] == start
    assert "__Host-pingshan-identity" not in stranger.cookies


def test_a_password_alone_is_no_session(identity: Identity) -> None:
    page = identity.browser()
    begin(identity, page, "health01")
    assert "__Host-pingshan-identity" not in page.cookies
    assert page.get("/").headers["location"].startswith("/sign-in?")


def test_a_sign_in_that_ends_by_wrong_codes_says_so(identity: Identity) -> None:
    page = identity.browser()
    address = begin(identity, page, "veterans01")
    wrong = [submit(page, totp(address), {"code": f"{number:06}"}, at=address) for number in range(5)]
    assert [answer.status_code for answer in wrong] == [401] * 4 + [303]
    over = wrong[-1].headers["location"]
    assert over == "/sign-in?continue=%2F&login_hint=veterans01&guessed=true"
    text = page.get(over).text
    assert "验证码错误次数过多" in text
    assert "已过期" not in text, "nothing has expired, and no cookie is missing"


@pytest.mark.parametrize("kind", ["totp", "recovery-code", "sms"])
def test_guessing_a_code_slows_down(identity: Identity, kind: str) -> None:
    page = identity.browser()
    login = {"totp": "civil01", "recovery-code": "education01", "sms": "transport01"}[kind]
    statuses = []
    for number in range(12):
        if number % 4 == 0:  # one sign-in takes five wrong ones
            address = begin(identity, page, login)
            action = address.replace("/second-factor?", f"/second-factor/{kind}?")
        statuses.append(submit(page, action, {"code": f"{number:06}"}, at=address).status_code)
    assert statuses[:5] == [401] * 5
    assert 429 in statuses
    identity.let_codes_be_used_again()
    identity.let_waits_last()
    right = submit(page, totp(address), {"code": identity.code_now(login)}, at=address)
    assert right.status_code == 429
    assert int(right.headers["retry-after"]) >= 1


async def test_codes_and_secrets_are_not_kept_in_the_clear(identity: Identity) -> None:
    connection = await asyncpg.connect(identity.database_url)
    for secret in identity.sign_ins["totp"].values():
        found = await connection.fetchval(
            "SELECT count(*) FROM totp WHERE position($1 in secret_encrypted) > 0", secret.encode()
        )
        assert found == 0
    await connection.close()


@pytest.mark.parametrize("path", ["totp", "recovery-code", "sms", "sms/send"])
def test_the_forms_of_the_second_page_need_their_token(identity: Identity, path: str) -> None:
    page = identity.browser()
    address = begin(identity, page, "water01")
    action = address.replace("/second-factor?", f"/second-factor/{path}?")
    assert page.post(action, data={"code": "123456"}).status_code == 403
