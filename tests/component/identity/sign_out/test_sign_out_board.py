"""What a person sees of their sign-out: the board, the receipt, and that the receipt is proof."""

import re
from collections.abc import Iterator

import asyncpg
import pytest

from tests.support.identity.logout_receiver import LogoutReceiver, logout_receiver
from tests.support.identity.own_clients import add_client
from tests.support.identity.parties import Browser, Identity, csrf_of
from tests.support.platform import BoundService
from tests.support.servers import until


@pytest.fixture(scope="module")
def receiver(identity: Identity) -> Iterator[LogoutReceiver]:
    """Every system of the seed can be told, and lives here."""
    with logout_receiver() as receiver:
        identity.tell_everything_to(receiver.uri(""))
        yield receiver


def end_all(page: Browser) -> str:
    """The address of the board."""
    answer = page.post("/account/sessions/end-all", data={"csrf_token": csrf_of(page.get("/account"))})
    assert answer.status_code == 303
    return str(answer.headers["location"])


def receipt_of(page: Browser, board: str) -> str:
    until(lambda: "查看退出回执" in page.get(board).text)
    return str(page.get(f"{board}/receipt.jws").text)


def test_one_session_tells_the_systems_that_it_opened(identity: Identity, receiver: LogoutReceiver) -> None:
    page = identity.signed_in("water01")
    for code in ("oa", "mail"):
        identity.tokens(page, identity.district(code))
    receiver.told.clear()
    shown = page.get("/sign-out")
    done = page.post("/sign-out", data={"csrf_token": csrf_of(shown)})
    signed_out = page.get(done.headers["location"]).text
    board = re.findall(r'href="(/sign-outs/[^"]+)"', signed_out)[0]
    until(lambda: "2/2 个系统已确认退出" in page.get(board).text)
    claims = receiver.tokens("oa")[0]
    assert (claims["iss"], claims["aud"]) == (identity.url, "oa")
    assert claims["sid"]
    assert "nonce" not in claims
    assert claims["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert claims["exp"] - claims["iat"] <= 120


def test_everywhere_tells_all_29_and_the_receipt_proves_it(identity: Identity, receiver: LogoutReceiver) -> None:
    page = identity.signed_in("hall01")
    receiver.answers["/archives"] = 503
    board = end_all(page)
    assert page.get("/account").status_code == 303, "nobody is signed in any more"
    until(lambda: "28/29 个系统已确认退出" in page.get(board).text and "系统暂停服务（503）" in page.get(board).text)
    assert "查看退出回执" not in page.get(board).text
    receiver.answers.clear()
    receipt = receipt_of(page, board)
    stranger = identity.browser()
    token = csrf_of(stranger.get("/receipts/verify"))
    valid = stranger.post("/receipts/verify", data={"csrf_token": token, "receipt": receipt})
    assert "回执有效" in valid.text
    assert valid.text.count("已确认") >= 29
    header, payload, signature = receipt.split(".")
    for forged in (f"{header}.{payload[:-4]}AAAA.{signature}", f"{header}.{payload}.{signature[:-4]}AAAA", "x", ""):
        refused = stranger.post("/receipts/verify", data={"csrf_token": token, "receipt": forged})
        assert refused.status_code == 422
        assert "回执有效" not in refused.text


async def test_a_receipt_is_verified_after_its_key_was_forgotten(identity: Identity, receiver: LogoutReceiver) -> None:
    page = identity.signed_in("amr01")
    receipt = receipt_of(page, end_all(page))
    connection = await asyncpg.connect(identity.database_url)
    await connection.execute("UPDATE signing_key SET private_encrypted = NULL WHERE alg = 'RS256'")
    kept = await connection.fetchval("SELECT count(*) FROM signing_key WHERE public_jwk ? 'd'")
    await connection.close()
    assert kept == 0, "no private member stands in the clear"
    token = csrf_of(page.get("/receipts/verify"))
    assert "回执有效" in page.post("/receipts/verify", data={"csrf_token": token, "receipt": receipt}).text


def test_others_do_not_see_it_and_the_offices_do(identity: Identity, receiver: LogoutReceiver) -> None:
    page = identity.signed_in("health01")
    board = end_all(page)
    for other in (identity.browser(), identity.signed_in("police01"), identity.signed_in("admin01")):
        for path in (board, f"{board}/receipt", f"{board}/receipt.jws"):
            assert other.get(path).status_code == 404
    for office in ("secadmin01", "audit01"):
        seen = identity.signed_in(office)
        assert seen.get(board).status_code == 200
        assert board in seen.get("/admin/sign-outs").text
    assert identity.signed_in("police01").get("/admin/sign-outs").status_code == 403
    again = identity.signed_in("health01")
    assert board in again.get("/sign-outs").text


def test_a_planted_cookie_opens_no_board(identity: Identity, receiver: LogoutReceiver) -> None:
    page = identity.signed_in("civil01")
    board = end_all(page)
    thief = identity.browser()
    thief.cookies["__Host-pingshan-identity-sign-outs"] = "00" * 60
    assert thief.get(board).status_code == 404


async def test_a_system_that_cannot_be_told_is_waited_for_only_where_it_was_opened(
    identity: Identity, receiver: LogoutReceiver
) -> None:
    connection = await asyncpg.connect(identity.database_url)
    await connection.execute("UPDATE client SET backchannel_logout_uri = NULL WHERE client_id IN ('mail', 'geo')")
    await connection.close()
    page = identity.signed_in("urban01")
    receipt_of(page, end_all(page))
    page = identity.signed_in("urban01")
    identity.tokens(page, identity.district("mail"))
    board = end_all(page)
    until(lambda: "27/29 个系统已确认退出" in page.get(board).text)
    shown = page.get(board).text
    assert "它手里的凭证最迟到" in shown.split("政务邮件系统")[1].split("</tr>")[0]
    assert "手里没有有效的凭证" in shown.split("时空信息云平台")[1].split("</tr>")[0]
    assert "查看退出回执" not in shown


async def test_everywhere_reaches_the_systems_that_no_launchpad_shows(
    identity: Identity, bound_identity: BoundService, receiver: LogoutReceiver
) -> None:
    """A system that registered itself has no start page here; what it holds counts like any other's."""
    told = await add_client(bound_identity, "no-start-page", backchannel_logout_uri=receiver.uri("no-start-page"))
    untold = await add_client(bound_identity, "no-start-page-untold")
    unopened = "no-start-page-unopened"
    await add_client(bound_identity, unopened, backchannel_logout_uri=receiver.uri(unopened))
    page = identity.signed_in("education01")
    for party in (told, untold):
        identity.tokens(page, party)
    board = end_all(page)
    until(lambda: bool(receiver.tokens("no-start-page")))
    until(lambda: "28/31 个系统已确认退出" in page.get(board).text)
    shown = page.get(board).text
    assert "它手里的凭证最迟到" in shown.split("测试系统 no-start-page-untold")[1].split("</tr>")[0]
    assert unopened not in shown
    assert receiver.tokens(unopened) == []
