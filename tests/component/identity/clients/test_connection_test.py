"""`Test my connection`: each step of a connected system gets its light, and what is wrong is quoted."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.identity.logout_receiver import LogoutReceiver, logout_receiver
from tests.support.identity.own_clients import CALLBACK, SECRET, add_client
from tests.support.identity.parties import Attempt, Browser, Identity, RelyingParty, submit
from tests.support.platform import BoundService
from tests.support.servers import free_port, until


@pytest.fixture(scope="module")
def admin(identity: Identity) -> Browser:
    return identity.signed_in("admin01")


@pytest.fixture(scope="module")
def person(identity: Identity) -> Browser:
    return identity.signed_in("water01")


@pytest.fixture(scope="module")
def systems() -> Iterator[LogoutReceiver]:
    with logout_receiver() as receiver:
        yield receiver


def begin(admin: Browser, client_id: str) -> str:
    path = f"/admin/clients/{client_id}/test"
    assert submit(admin, path, {}).headers["location"] == path
    return path


def lights(admin: Browser, path: str) -> list[str]:
    """In the order of the page: request, code, token, userinfo, sign-out, clock."""
    return re.findall(r'class="light (\w+)"', admin.get(path).text)


async def connected(bound: BoundService, client_id: str, **columns: Any) -> RelyingParty:
    return await add_client(bound, client_id, launch_uri="https://rp.example/", **columns)


async def test_a_right_system_is_all_green(
    identity: Identity, bound_identity: BoundService, admin: Browser, person: Browser, systems: LogoutReceiver
) -> None:
    uri = systems.uri("tested")
    party = await connected(bound_identity, "tested", backchannel_logout=True, backchannel_logout_uri=uri)
    identity.tokens(person, party)
    path = begin(admin, "tested")
    until(lambda: lights(admin, path)[4:] == ["green", "green"])
    assert lights(admin, path)[:4] == ["yellow", "yellow", "yellow", "grey"], "what was before counts for nothing"
    identity.browser().get(party.authorize_path(Attempt()))
    assert lights(admin, path)[:2] == ["green", "yellow"]
    token = identity.tokens(person, party)["access_token"]
    identity.browser().get("/userinfo", headers={"Authorization": f"Bearer {token}"}).raise_for_status()
    assert lights(admin, path) == ["green"] * 6
    [told] = systems.tokens("tested")
    assert not identity.execute("SELECT 1 FROM sso_session WHERE session_id = $1", told["sid"]), "nobody is signed out"
    [kept] = identity.execute("SELECT steps::text FROM connection_test WHERE client_id = 'tested'")
    assert token not in kept["steps"]
    assert SECRET not in kept["steps"]


async def test_what_is_wrong_is_quoted(
    identity: Identity, bound_identity: BoundService, admin: Browser, person: Browser
) -> None:
    party = await connected(bound_identity, "mistaken")
    path = begin(admin, "mistaken")
    assert lights(admin, path)[4:] == ["grey", "grey"]
    assert person.get(party.authorize_path(Attempt(), redirect_uri=f"{CALLBACK}/")).status_code == 400
    shown = admin.get(path).text
    assert lights(admin, path)[0] == "red"
    assert f"<code>{CALLBACK}/</code>" in shown
    assert f"<code>{CALLBACK}</code>" in shown
    person.get(party.authorize_path(Attempt(), code_challenge=None))
    assert "invalid_request: code_challenge" in admin.get(path).text

    attempt = Attempt()
    code = identity.code(person, party, attempt)
    assert lights(admin, path)[:2] == ["green", "green"]
    wrong = RelyingParty(identity.url, "mistaken", CALLBACK, secret="not-the-secret")
    assert wrong.redeem(code, attempt).status_code == 401
    assert "系统密钥不正确" in admin.get(path).text
    posting = RelyingParty(identity.url, "mistaken", CALLBACK, secret=SECRET, method="client_secret_post")
    assert posting.redeem(code, attempt).status_code == 400
    shown = admin.get(path).text
    assert "系统证明自己的方式与登记的不一致" in shown
    assert "<code>client_secret_post</code>" in shown
    assert "<code>client_secret_basic</code>" in shown
    assert party.redeem(code, Attempt()).status_code == 400
    assert "invalid_grant" in admin.get(path).text
    assert lights(admin, path)[2] == "red"


@pytest.mark.parametrize(("answer", "words"), [(404, "HTTP_404"), (None, "UNREACHABLE")])
async def test_a_dead_sign_out_address_is_named(
    bound_identity: BoundService, admin: Browser, systems: LogoutReceiver, answer: int | None, words: str
) -> None:
    client_id = f"deaf-{answer}".lower()
    systems.answers[f"/{client_id}"] = answer or 0
    uri = systems.uri(client_id) if answer else f"http://localhost:{free_port()}/logout"
    await connected(bound_identity, client_id, backchannel_logout=True, backchannel_logout_uri=uri)
    path = begin(admin, client_id)
    until(lambda: lights(admin, path)[4] == "red")
    shown = admin.get(path).text
    assert f"POST {uri}" in shown
    assert words in shown
    assert lights(admin, path)[5] == ("green" if answer else "grey")


def change_logout_address(identity: Identity, admin: Browser, client_id: str, uri: str) -> None:
    """Two administrators change where the system takes logout tokens."""
    at = f"/admin/clients/{client_id}"
    form: dict[str, Any] = {
        "redirect_uris": CALLBACK,
        "backchannel_logout_uri": uri,
        "launch_uri": "https://rp.example/",
        "required_level": "1",
        "open_to": ["*"],
        "reason": "补登记",
    }
    change = submit(admin, f"{at}/change", form, at=at).headers["location"]
    decided = submit(identity.signed_in("secadmin01"), f"{change}/decide", {"decision": "approved"}, at=change)
    assert decided.status_code == 303


async def test_an_address_that_was_added_or_put_right_meanwhile_is_tried(
    identity: Identity, bound_identity: BoundService, admin: Browser, systems: LogoutReceiver
) -> None:
    await connected(bound_identity, "late")
    path = begin(admin, "late")
    assert lights(admin, path)[4:] == ["grey", "grey"]
    change_logout_address(identity, admin, "late", dead := f"http://localhost:{free_port()}/logout")
    until(lambda: lights(admin, path)[4] == "red")
    assert f"POST {dead}" in admin.get(path).text
    change_logout_address(identity, admin, "late", systems.uri("late"))
    until(lambda: lights(admin, path)[4:] == ["green", "green"])
    assert dead not in admin.get(path).text
    assert len(systems.tokens("late")) == 1
    change_logout_address(identity, admin, "late", systems.uri("late-2"))
    identity.execute("UPDATE connection_test SET begun_at = begun_at - interval '16 minutes' WHERE client_id = 'late'")
    change_logout_address(identity, admin, "late", systems.uri("late-3"))
    change_logout_address(identity, admin, "late", "")
    assert lights(admin, path)[4:] == ["grey", "grey"]
    jobs = identity.execute("SELECT 1 FROM job WHERE kind = 'try-sign-out' AND payload::text LIKE '%\"late\"%'")
    assert len(jobs) <= 3, "nothing is tried for a test that is over"
    assert not systems.tokens("late-3")


async def test_a_clock_that_is_wrong_is_said(
    identity: Identity, bound_identity: BoundService, admin: Browser, systems: LogoutReceiver
) -> None:
    systems.ahead["/early"] = 90
    uri = systems.uri("early")
    await connected(bound_identity, "early", backchannel_logout=True, backchannel_logout_uri=uri)
    path = begin(admin, "early")
    until(lambda: lights(admin, path)[4:] == ["green", "red"])
    assert re.search(r"系统比平台快 (89|90) 秒", admin.get(path).text)


async def test_nothing_is_written_down_without_a_test(
    identity: Identity, bound_identity: BoundService, admin: Browser, person: Browser
) -> None:
    party = await connected(bound_identity, "done")
    path = begin(admin, "done")
    identity.execute("UPDATE connection_test SET begun_at = begun_at - interval '16 minutes' WHERE client_id = 'done'")
    until(lambda: 'data-complete="true"' in admin.get(path).text)
    identity.tokens(person, party)
    assert lights(admin, path)[:3] == ["yellow", "yellow", "yellow"]


@pytest.mark.parametrize("login", ["secadmin01", "audit01", "water01"])
def test_only_a_system_administrator_tests(identity: Identity, login: str) -> None:
    page = identity.signed_in(login)
    assert page.get("/admin/clients/oa/test").status_code == 403
    assert submit(page, "/admin/clients/oa/test", {}, at="/account").status_code == 403
    assert not identity.execute("SELECT 1 FROM connection_test WHERE client_id = 'oa'")


@pytest.mark.parametrize(("client_id", "status"), [("nothing", 404), ("oa%00", 400)])
def test_an_unknown_system_is_not_tested(admin: Browser, client_id: str, status: int) -> None:
    """What is no text is refused before any handler."""
    answers = (
        admin.get(f"/admin/clients/{client_id}"),
        admin.get(f"/admin/clients/{client_id}/test"),
        submit(admin, f"/admin/clients/{client_id}/test", {}, at="/account"),
    )
    for answer in answers:
        assert answer.status_code == status
        assert ("PLATFORM_UNREADABLE" in answer.text) is (status == 400)


def test_a_search_for_what_no_name_holds_is_refused(admin: Browser) -> None:
    for query in ("q=oa%00", "after=%00"):
        answer = admin.get(f"/admin/clients?{query}")
        assert answer.status_code == 400
        assert "PLATFORM_UNREADABLE" in answer.text
        assert "/admin/clients/oa" not in answer.text
