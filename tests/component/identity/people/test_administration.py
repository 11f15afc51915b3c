"""Administrators at work: people who join, move and leave, imports, dual control, connected systems, the record."""

import html
import re
from datetime import timedelta
from typing import Any

import httpx
import pyotp
import pytest
from pingshan_identity.clients import sheets
from pingshan_kit import clock

from tests.support.identity.parties import Attempt, Browser, Identity, RelyingParty, answer_of, csrf_of
from tests.support.servers import until

TODAY = clock.today()


@pytest.fixture(scope="module")
def system(identity: Identity) -> Browser:
    return identity.signed_in("admin01")


@pytest.fixture(scope="module")
def security(identity: Identity) -> Browser:
    return identity.signed_in("secadmin01")


@pytest.fixture(scope="module")
def auditor(identity: Identity) -> Browser:
    return identity.signed_in("audit01")


def send(page: Browser, path: str, data: dict[str, Any], *, at: str | None = None) -> httpx.Response:
    return page.post(path, data={"csrf_token": csrf_of(page.get(at or path))} | data)


def newcomer(login: str, **changed: Any) -> dict[str, Any]:
    return {
        "login_name": login,
        "name": "林新月",
        "mobile_number": "138 0000 1234",
        "organisation": "water",
        "posts": ["officer"],
        "since": TODAY.isoformat(),
    } | changed


def joined(identity: Identity, system: Browser, login: str, **changed: Any) -> tuple[str, str]:
    """Person id and first password."""
    added = send(system, "/admin/people/new", newcomer(login, **changed))
    assert added.status_code == 200, added.text
    password = re.search(r"[a-z2-9]{4}(-[a-z2-9]{4}){3}", added.text)
    person = re.search(r"/admin/people/([0-9a-f-]{36})", added.text)
    assert password
    assert person
    return person[1], password[0]


def test_somebody_joins_and_signs_in_with_the_first_password(identity: Identity, system: Browser) -> None:
    person, password = joined(identity, system, "water11")
    page = identity.browser()
    form = {"csrf_token": csrf_of(page.get("/sign-in")), "login": "water11", "password": password}
    second = page.post("/sign-in", data=form).headers["location"]
    set_up = page.get(second).headers["location"]
    shown = page.get(set_up)
    secret = re.search(r'data-copy="([A-Z2-7]{32})"', shown.text)
    assert secret
    done = page.post(set_up, data={"csrf_token": csrf_of(shown), "code": pyotp.TOTP(secret[1]).now()})
    further = re.search(r'href="(/sign-in/second-factor[^"]+)"', done.text)
    assert further, "the first password must be changed before anything else"
    assert page.get("/").status_code == 303
    new_password = page.get(html.unescape(further[1])).headers["location"]
    for bad in ("short", "password1", "my-water11-is-here", password[:7]):
        refused = page.post(new_password, data={"csrf_token": csrf_of(page.get(new_password)), "new": bad})
        assert refused.status_code == 422
    mine = {"csrf_token": csrf_of(page.get(new_password)), "new": "三条小河绕过一座青山"}
    assert page.post(new_password, data=mine).headers["location"] == "/"
    assert page.get("/").status_code == 200
    shown = system.get(f"/admin/people/{person}").text
    assert "138****1234" in shown
    assert "13800001234" not in shown
    revealed = send(system, f"/admin/people/{person}/reveal", {"reason": "电话联系"}, at=f"/admin/people/{person}")
    assert "+8613800001234" in revealed.text
    assert identity.execute("SELECT 1 FROM record WHERE act = 'person.revealed' AND subject = $1", f"person:{person}")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"login_name": "W A T"}, "login_name"),
        ({"name": " "}, "name"),
        ({"mobile_number": "123"}, "mobile_number"),
        ({"organisation": "nowhere"}, "organisation"),
        ({"posts": []}, "posts"),
        ({"posts": ["auditor"]}, "posts"),
        ({"since": "yesterday"}, "since"),
        ({"until": "2020-01-01"}, "until"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    identity: Identity, system: Browser, changed: dict[str, Any], field: str
) -> None:
    refused = send(system, "/admin/people/new", newcomer("water12", **changed))
    assert refused.status_code == 422
    assert f'href="#{field}"' in refused.text
    assert not identity.execute("SELECT 1 FROM person WHERE login_name = 'water12'")


def test_a_name_is_taken_once(identity: Identity, system: Browser) -> None:
    refused = send(system, "/admin/people/new", newcomer("water01"))
    assert refused.status_code == 409
    assert "已有在职人员使用" in refused.text


def test_a_mover_loses_the_old_post_and_every_session(identity: Identity, system: Browser) -> None:
    person = identity.execute("SELECT person_id FROM person WHERE login_name = 'culture01'")[0]["person_id"]
    page = identity.signed_in("culture01")
    shown = system.get(f"/admin/people/{person}").text
    version = re.search(r'name="version" value="(\d+)"', shown)
    assert version
    form = {"version": version[1], "organisation": "health", "posts": ["officer"], "since": TODAY.isoformat()}
    moved = send(system, f"/admin/people/{person}/move", form, at=f"/admin/people/{person}")
    assert "/sign-outs/" in moved.headers["location"]
    assert page.get("/account").status_code == 303
    again = identity.signed_in("culture01")
    access = identity.platform("workflow").read(identity.tokens(again, identity.platform("workflow"))["access_token"])
    assert access["org"] == "health"
    assert access["posts"] == ["officer"]
    late = send(system, f"/admin/people/{person}/move", form, at=f"/admin/people/{person}")
    assert late.status_code == 409, "the second of two administrators is told"


def test_a_leaver_loses_everything_and_every_system_is_told(identity: Identity, system: Browser) -> None:
    person, _ = joined(identity, system, "water13")
    shown = system.get(f"/admin/people/{person}").text
    version = re.search(r'name="version" value="(\d+)"', shown)
    assert version
    left = send(
        system, f"/admin/people/{person}/leave", {"version": version[1], "on": TODAY.isoformat()},
        at=f"/admin/people/{person}",
    )  # fmt: skip
    board = left.headers["location"]
    assert "/29 个系统已确认退出" in system.get(board).text
    for table in ("password", "totp", "passkey"):
        assert not identity.execute(f"SELECT 1 FROM {table} WHERE person_id = $1::uuid", person)
    assert "water13" in system.get("/admin/people?state=left").text
    back, password = joined(identity, system, "water13")
    assert back == person, "whoever comes back is the same person"
    assert password


def test_somebody_leaves_on_a_day_to_come(identity: Identity, system: Browser) -> None:
    person, _ = joined(identity, system, "water14")
    tomorrow = (TODAY + timedelta(days=1)).isoformat()
    send(system, f"/admin/people/{person}/leave", {"version": "1", "on": tomorrow}, at=f"/admin/people/{person}")
    assert f"{tomorrow} 离职" in system.get(f"/admin/people/{person}").text
    identity.execute("UPDATE person SET leaves_on = $1 WHERE person_id = $2::uuid", TODAY, person)
    identity.execute("UPDATE job SET run_at = now() WHERE kind = 'apply-due-changes' AND state = 'queued'")
    identity.execute("DELETE FROM job WHERE kind = 'apply-due-changes' AND state = 'done'")
    until(lambda: identity.execute("SELECT left_at FROM person WHERE person_id = $1::uuid", person)[0]["left_at"] or
          run_due(identity), seconds=30)  # fmt: skip


def run_due(identity: Identity) -> None:
    """The periodic job runs once in ten minutes; here it is asked for."""
    identity.execute(
        "INSERT INTO job (kind, key, payload, traceparent) VALUES ('apply-due-changes', $1, '{}', '')"
        " ON CONFLICT DO NOTHING",
        f"test-{TODAY}",
    )


def test_a_deputy_has_the_post_for_a_while(identity: Identity, system: Browser) -> None:
    absent = identity.execute("SELECT person_id FROM person WHERE login_name = 'amr01'")[0]["person_id"]
    form = {
        "deputy": "hall02",
        "post": "licence-officer",
        "deputy_since": TODAY.isoformat(),
        "deputy_until": (TODAY + timedelta(days=7)).isoformat(),
    }
    at = f"/admin/people/{absent}"
    assert send(system, f"{at}/deputies", form, at=at).status_code == 303
    page = identity.signed_in("hall02")
    access = identity.platform("e-license").read(identity.tokens(page, identity.platform("e-license"))["access_token"])
    assert "issuer" in access["roles"]
    assert "hall02" in system.get(at).text
    again = send(system, f"{at}/deputies", form, at=at)
    assert again.status_code == 422
    deputy = identity.execute("SELECT person_id FROM person WHERE login_name = 'hall02'")[0]["person_id"]
    send(system, f"{at}/deputies/end", {"deputy_id": str(deputy), "post": "licence-officer"}, at=at)
    assert page.get("/account").status_code == 303, "a deputy whose time is over is signed out"


def test_sections_are_added_renamed_and_closed(identity: Identity, system: Browser) -> None:
    at, path = "/admin/organisation/water", "/admin/organisation/water/sections"
    assert send(system, path, {"name_zh": "河道科", "name_en": "Rivers"}, at=at).status_code == 303
    assert send(system, path, {"name_zh": "河道科", "name_en": "Rivers"}, at=at).status_code == 409
    section = str(identity.execute("SELECT section_id FROM section WHERE name_zh = '河道科'")[0]["section_id"])
    person, _ = joined(identity, system, "water15", section_id=section)
    assert send(system, path, {"section_id": section, "act": "close"}, at=at).status_code == 409
    identity.execute("UPDATE person SET section_id = NULL WHERE person_id = $1::uuid", person)
    assert send(system, path, {"section_id": section, "act": "close"}, at=at).status_code == 303
    assert send(system, path, {"name_zh": "河道科", "name_en": "Rivers"}, at=at).status_code == 303


HEADS = ["操作", "登录名", "姓名", "单位代码", "科室", "岗位", "手机号码", "生效日期", "截止日期"]


def uploaded(system: Browser, content: bytes, name: str) -> httpx.Response:
    token = csrf_of(system.get("/admin/imports"))
    return system.request("POST", "/admin/imports", data={"csrf_token": token}, files={"sheet": (name, content)})


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_sheet_is_previewed_comes_back_with_errors_and_is_applied_once(
    identity: Identity, system: Browser, kind: sheets.Format
) -> None:
    good, wrong = f"imp{kind}1", f"imp{kind}2"
    rows = [
        HEADS,
        ["入职", good, "㙍䶮", "water", "", "officer", "13800005555", TODAY.isoformat(), ""],
        ["入职", wrong, "", "nowhere", "", "auditor", "12", "soon", ""],
        ["调动", "nobody99", "", "water", "", "officer", "", "", ""],
        ["升职", "x1", "", "", "", "", "", "", ""],
    ]
    answer = uploaded(system, sheets.write(rows, kind), f"people.{kind}")
    assert answer.status_code == 303, answer.text
    preview = answer.headers["location"]
    assert "1 行可以生效，3 行有错误" in system.get(preview).text
    returned = sheets.read(system.get(f"{preview}/errors.{kind}").content)
    assert returned[0] == [*HEADS, "错误"]
    assert returned[1][-1] == ""
    assert "没有这个单位" in returned[2][-1]
    assert "手机号码" in returned[2][-1]
    assert returned[3][-1] == "没有这个在职人员"
    for _ in range(2):
        page = system.get(preview)
        system.post(f"{preview}/decide", data={"csrf_token": csrf_of(page), "decision": "apply"})
    until(lambda: "已生效" in system.get(preview).text)
    assert len(identity.execute("SELECT 1 FROM person WHERE login_name = $1", good)) == 1
    assert not identity.execute("SELECT 1 FROM person WHERE login_name = $1", wrong)
    token = csrf_of(system.get(preview))
    passwords = sheets.read(system.post(f"{preview}/passwords", data={"csrf_token": token}).content)
    assert passwords[1][0] == good
    assert system.post(f"{preview}/passwords", data={"csrf_token": token}).status_code == 404


def test_a_sheet_that_is_none_is_refused(system: Browser) -> None:
    assert uploaded(system, b"\xff\xff", "x.csv").status_code == 422
    missing = uploaded(system, sheets.write([["登录名"], ["a1"]], "csv"), "x.csv")
    assert missing.status_code == 422
    assert "缺少这些列" in missing.text


def decide(page: Browser, change: str, decision: str, reason: str = "同意") -> httpx.Response:
    return send(page, f"{change}/decide", {"decision": decision, "reason": reason}, at=change)


def test_an_administrator_post_needs_two_people(identity: Identity, system: Browser, security: Browser) -> None:
    person, _ = joined(identity, system, "water16")
    at = f"/admin/people/{person}"
    form = {"power": "auditor", "power_since": TODAY.isoformat(), "reason": "接任审计员"}
    change = send(system, f"{at}/powers", form, at=at).headers["location"]
    held = "SELECT 1 FROM person_post WHERE person_id = $1::uuid AND post = 'auditor'"
    assert not identity.execute(held, person)
    assert system.get(change).text.count("批准并立即生效") == 0, "nobody decides their own"
    assert send(system, f"{change}/decide", {"decision": "approved"}, at=change).status_code == 403
    assert decide(security, change, "approved").status_code == 303
    assert identity.execute(held, person)
    assert decide(security, change, "refused").status_code == 404
    joining = send(system, f"{at}/powers", form | {"power": "system-administrator"}, at=at)
    assert joining.status_code == 409
    assert "不能由同一个人担任" in joining.text


def test_two_pending_changes_cannot_join_powers(identity: Identity, system: Browser, security: Browser) -> None:
    person, _ = joined(identity, system, "water17")
    at = f"/admin/people/{person}"
    changes = [
        send(system, f"{at}/powers", {"power": power, "reason": "r"}, at=at).headers["location"]
        for power in ("auditor", "system-administrator")
    ]
    assert decide(security, changes[0], "approved").status_code == 303
    assert decide(security, changes[1], "approved").status_code == 409
    assert "待审批" in security.get("/admin/changes").text


def test_a_system_is_connected_by_two_people(identity: Identity, system: Browser, security: Browser) -> None:
    form = {
        "client_id": "park-booking",
        "name_zh": "公园预约",
        "name_en": "Park booking",
        "owner": "urban",
        "application_type": "web",
        "auth_method": "client_secret_basic",
        "redirect_uris": "https://park.example/callback",
        "post_logout_redirect_uris": "https://park.example/",
        "backchannel_logout_uri": "https://park.example/logout",
        "required_level": "2",
        "open_to": ["*"],
        "reason": "新系统",
    }
    change = send(system, "/admin/connect", form).headers["location"]
    assert decide(security, change, "approved").status_code == 303
    assert "显示系统密钥" not in security.get(change).text
    shown = send(system, f"{change}/outcome", {}, at=change)
    secret = re.search(r'data-copy="([A-Za-z0-9_-]{43})"', shown.text)
    assert secret
    assert send(system, f"{change}/outcome", {}, at=change).status_code == 404
    assert identity.execute("SELECT 1 FROM record WHERE act = 'secret.shown' AND subject = 'client:park-booking'")
    assert "park-booking" in system.get("/admin/clients/park-booking").text
    party = RelyingParty(identity.url, "park-booking", "https://park.example/callback", secret=secret[1])
    page = identity.signed_in("urban01")
    assert identity.tokens(page, party)["token_type"] == "Bearer"
    switch = send(system, "/admin/clients/park-booking/switch", {"kind": "disable-client", "reason": "停用"},
                  at="/admin/clients/park-booking").headers["location"]  # fmt: skip
    assert decide(security, switch, "approved").status_code == 303
    assert page.get(party.authorize_path(Attempt())).status_code == 403


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "X"},
        {"client_id": "oa"},
        {"redirect_uris": "http://park.example/callback"},
        {"redirect_uris": ""},
        {"owner": "nowhere"},
        {"required_level": "9"},
    ],
)
def test_settings_that_cannot_be_are_refused_at_once(system: Browser, changed: dict[str, str]) -> None:
    form = {"client_id": "other-one", "name_zh": "甲", "name_en": "A", "owner": "urban", "required_level": "2",
            "redirect_uris": "https://a.example/cb", "auth_method": "client_secret_basic", "reason": "r"}  # fmt: skip
    assert send(system, "/admin/connect", form | changed).status_code == 422


def test_keys_are_replaced_by_two_people(identity: Identity, system: Browser, security: Browser) -> None:
    page = identity.signed_in("water01")
    old = identity.tokens(page, identity.district("mail"))["id_token"]
    form = {"kind": "rotate-keys", "reason": "演练"}
    change = send(security, "/admin/changes/propose", form, at="/admin/changes").headers["location"]
    assert decide(system, change, "approved").status_code == 303
    header = lambda token: token.split(".")[0]  # noqa: E731
    until(lambda: header(identity.tokens(page, identity.district("mail"))["id_token"]) != header(old))
    assert identity.district("mail").read(old)["sub"]


def test_the_auditor_searches_exports_and_checks_the_chain(identity: Identity, auditor: Browser) -> None:
    identity.signed_in("water01")
    wrong = {"login": "water01", "password": "not the one"}
    assert send(identity.browser(), "/sign-in", wrong).status_code == 401
    shown = auditor.get("/admin/records?person=water01").text
    assert "sign-in.accepted</td>" in shown
    [refused] = identity.execute("SELECT trace_id FROM record WHERE act = 'sign-in.refused' ORDER BY id DESC LIMIT 1")
    assert "sign-in.refused</td>" in auditor.get(f"/admin/records?trace={refused['trace_id'][:8]}").text
    answer = auditor.get("/admin/records?trace=zzzz")
    assert "没有找到记录" in answer.text
    for kind in ("xlsx", "csv"):
        answer = auditor.get(f"/admin/records.{kind}?result=refused")
        rows = sheets.read(answer.content)
        assert len(rows) > 1
        assert {row[3].rpartition(".")[2] for row in rows[1:]} <= {"refused", "throttled"}
    assert auditor.get("/admin/records.pdf").status_code == 404
    assert "<b>water01</b>" in shown
    exported = sheets.read(auditor.get("/admin/records.xlsx?act=sign-in.accepted").content)
    assert exported[0][3] == "事项"
    assert all(row[3] == "sign-in.accepted" for row in exported[1:])
    auditor.post("/admin/records/verify", data={"csrf_token": csrf_of(auditor.get("/admin/records"))})
    assert "记录完整，没有被改动" in auditor.get("/admin/records").text
    identity.execute("UPDATE record SET actor = 'somebody' WHERE id = (SELECT min(id) FROM record)")
    auditor.post("/admin/records/verify", data={"csrf_token": csrf_of(auditor.get("/admin/records"))})
    assert "记录链不完整" in auditor.get("/admin/records").text


PAGES = {
    "system-administrator": ["/admin/people/new", "/admin/organisation", "/admin/imports", "/admin/connect",
                             "/admin/people.xlsx", "/admin/imports/template.xlsx"],
    "security-administrator": ["/admin/sign-outs"],
    "auditor": ["/admin/records", "/admin/records.xlsx"],
}  # fmt: skip
LOGINS = {"system-administrator": "admin01", "security-administrator": "secadmin01", "auditor": "audit01"}


@pytest.mark.parametrize("role", PAGES)
def test_each_administrator_has_their_own_pages_and_no_others(identity: Identity, role: str) -> None:
    for other, login in [*LOGINS.items(), ("nobody", "water01")]:
        page = identity.signed_in(login)
        for path in PAGES[role]:
            if path == "/admin/sign-outs" and other == "auditor":
                continue
            status = page.get(path).status_code
            assert status == (200 if other == role else 403), (path, login)
    for path in ("/admin/people", "/admin/clients", "/admin/changes"):
        assert identity.signed_in("audit01").get(path).status_code == 403
        assert identity.signed_in("secadmin01").get(path).status_code == 200
    assert answer_of(identity.browser().get("/admin/people"))["continue"] == "/admin/people"
