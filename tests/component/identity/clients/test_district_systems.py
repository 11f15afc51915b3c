"""The simulated district systems sign in at a real identity, and are told when a sign-in ends."""

import re

import httpx
import pytest

from tests.support.identity.parties import Browser, Identity, csrf_of
from tests.support.servers import until


def follow(page: Browser, address: str) -> str:
    """Follows redirects as a browser does; gives the text of the last page."""
    for _ in range(8):
        answer = page.get(address)
        if answer.status_code != 303:
            return answer.text
        base = re.match(r"https?://[^/]+", str(answer.url))
        assert base
        address = answer.headers["location"]
        address = address if address.startswith("http") else base[0] + address
    raise AssertionError(address)


def test_a_system_opens_from_the_launchpad_without_a_second_password(identity: Identity, simulators: str) -> None:
    page = identity.signed_in("water01")
    assert f'href="{simulators}/systems/water-monitor/"' in page.get("/").text
    assert "没有再次输入密码" in follow(page, f"{simulators}/systems/water-monitor/")
    assert "没有再次输入密码" in follow(page, f"{simulators}/systems/oa/")


def test_sign_out_in_one_system_ends_the_others(identity: Identity, simulators: str) -> None:
    page = identity.signed_in("hall01")
    for code in ("oa", "service-hall"):
        assert "没有再次输入密码" in follow(page, f"{simulators}/systems/{code}/")
    home = page.get(f"{simulators}/systems/oa/")
    ended = page.post(f"{simulators}/systems/oa/sign-out", data={"csrf_token": csrf_of(home)})
    assert ended.headers["location"] == "/systems/oa/signed-out"
    until(lambda: page.get(f"{simulators}/systems/service-hall/").status_code == 303)
    assert "工作人员登录" in follow(page, f"{simulators}/systems/service-hall/")


def test_a_system_that_is_not_told_keeps_its_session_and_the_board_says_so(identity: Identity, simulators: str) -> None:
    page = identity.signed_in("hall02")
    for code in ("oa", "mail"):
        assert "没有再次输入密码" in follow(page, f"{simulators}/systems/{code}/")
    sign_out = page.post("/account/sessions/end-all", data={"csrf_token": csrf_of(page.get("/account"))})
    board = sign_out.headers["location"]
    until(lambda: "22/29 个系统已确认退出" in page.get(board).text or "正在通知" not in page.get(board).text)
    assert "这个系统不接受退出通知" in page.get(board).text
    assert page.get(f"{simulators}/systems/mail/").status_code == 200


@pytest.mark.parametrize(("mode", "said"), [("away", "503"), ("refuses", "400")])
def test_a_system_that_misbehaves_is_named(identity: Identity, simulators: str, mode: str, said: str) -> None:
    assert httpx.post(f"{simulators}/systems/credit/mode", data={"mode": mode}).status_code == 303
    page = identity.signed_in("drc01")
    assert "没有再次输入密码" in follow(page, f"{simulators}/systems/credit/")
    shown = page.get("/sign-out")
    done = page.post("/sign-out", data={"csrf_token": csrf_of(shown)})
    board = f"/sign-outs/{done.headers['location'].rpartition('=')[2]}"
    until(lambda: f"（{said}）" in page.get(board).text)
    assert httpx.post(f"{simulators}/systems/credit/mode", data={"mode": "honest"}).status_code == 303
    until(lambda: "1/1 个系统已确认退出" in page.get(board).text)
    assert "查看退出回执" in page.get(board).text


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(identity: Identity, simulators: str) -> None:
    attacker, victim = identity.signed_in("data01"), Browser("")
    begun = attacker.get(f"{simulators}/systems/oa/sign-in").headers["location"]
    back = attacker.get(begun).headers["location"]
    assert victim.get(back).status_code == 502


def test_the_simulator_plays_exactly_the_seeded_district_systems(identity: Identity, simulators: str) -> None:
    shown = set(re.findall(r'href="/systems/([a-z-]+)/"', Browser("").get(f"{simulators}/systems/").text))
    machines = {code for code in identity.client_secrets if code.endswith("-system")}
    assert shown == set(identity.client_secrets) - machines - {"video-analysis", "light-pole-sensors"}
    assert len(shown) == 25
