"""Administrators at work: people who join, move and leave, dual control, connected systems, the record."""

import html
import re
from datetime import date, timedelta
from typing import Any

import httpx
import pyotp
import pytest
from joserfc.errors import JoseError
from pingshan_kit import clock

from tests.support.identity.parties import Attempt, Browser, Identity, RelyingParty, csrf_of
from tests.support.servers import until
from tests.support.sheets import read_sheet

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
    assert "已有人使用" in refused.text


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
    again = send(system, "/admin/people/new", newcomer("water13"))
    assert (again.status_code, "曾有人使用" in again.text) == (409, True), "one alone opens no old account"
    back, _ = joined(identity, system, "water13a")
    assert back != person


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


def test_a_planned_leaving_is_taken_back(identity: Identity, system: Browser) -> None:
    person, _ = joined(identity, system, "water25")
    at = f"/admin/people/{person}"
    later = (TODAY + timedelta(days=9)).isoformat()

    def version() -> str:
        found = re.search(r'name="version" value="(\d+)"', system.get(at).text)
        assert found
        return found[1]

    assert "取消离职安排" not in system.get(at).text
    send(system, f"{at}/leave", {"version": version(), "on": later}, at=at)
    assert "取消离职安排" in system.get(at).text
    stale = send(system, f"{at}/leave/cancel", {"version": "0"}, at=at)
    assert stale.status_code == 409
    assert send(system, f"{at}/leave/cancel", {"version": version()}, at=at).status_code == 303
    assert f"{later} 离职" not in system.get(at).text
    assert identity.execute("SELECT leaves_on FROM person WHERE person_id = $1::uuid", person)[0]["leaves_on"] is None
    query = "SELECT details::text FROM record WHERE act = 'leaving.cancelled' AND subject = $1"
    [kept] = identity.execute(query, f"person:{person}")
    assert later in kept["details"]
    again = send(system, f"{at}/leave/cancel", {"version": version()}, at=at)
    assert (again.status_code, "没有待生效的离职安排" in again.text) == (409, True)


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


def test_a_deputy_is_given_the_post_itself(identity: Identity, system: Browser) -> None:
    """From the same day on; the deputyship is over then."""
    absent = identity.execute("SELECT person_id FROM person WHERE login_name = 'amr01'")[0]["person_id"]
    deputy, _ = joined(identity, system, "amr21", organisation="amr")
    form = {
        "deputy": "amr21",
        "post": "licence-officer",
        "deputy_since": TODAY.isoformat(),
        "deputy_until": (TODAY + timedelta(days=7)).isoformat(),
    }
    assert send(system, f"/admin/people/{absent}/deputies", form, at=f"/admin/people/{absent}").status_code == 303
    at = f"/admin/people/{deputy}"
    version = re.search(r'name="version" value="(\d+)"', system.get(at).text)
    assert version
    moved = {"version": version[1], "organisation": "amr", "posts": ["licence-officer"], "since": TODAY.isoformat()}
    assert send(system, f"{at}/move", moved, at=at).status_code == 303
    held = (
        "SELECT acting_for FROM person_post WHERE person_id = $1::uuid AND post = 'licence-officer' AND until IS NULL"
    )
    assert [row["acting_for"] for row in identity.execute(held, deputy)] == [None]


@pytest.mark.parametrize(
    ("since", "until"),
    [(TODAY, TODAY - timedelta(days=1)), (TODAY + timedelta(days=9), TODAY + timedelta(days=8))],
)
def test_power_for_no_day_is_not_proposed(identity: Identity, system: Browser, since: date, until: date) -> None:
    """It would end the factors of who is to have it, and give nothing."""
    person = identity.execute("SELECT person_id FROM person WHERE login_name = 'water01'")[0]["person_id"]
    at = f"/admin/people/{person}"
    form = {"power": "auditor", "power_since": since.isoformat(), "power_until": until.isoformat(), "reason": "r"}
    refused = send(system, f"{at}/powers", form, at=at)
    assert refused.status_code == 422, refused.headers.get("location")
    assert "截止日期" in refused.text


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
    with pytest.raises(JoseError):
        identity.district("mail").read(old)


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
        rows = read_sheet(answer.content)
        assert len(rows) > 1
        assert {row[3].rpartition(".")[2] for row in rows[1:]} <= {"refused", "throttled"}
    assert auditor.get("/admin/records.pdf").status_code == 404
    assert "<b>water01</b>" in shown
    exported = read_sheet(auditor.get("/admin/records.xlsx?act=sign-in.accepted").content)
    assert exported[0][3] == "事项"
    assert all(row[3] == "sign-in.accepted" for row in exported[1:])
    auditor.post("/admin/records/verify", data={"csrf_token": csrf_of(auditor.get("/admin/records"))})
    assert "记录完整，没有被改动" in auditor.get("/admin/records").text
    identity.execute("UPDATE record SET actor = 'somebody' WHERE id = (SELECT min(id) FROM record)")
    auditor.post("/admin/records/verify", data={"csrf_token": csrf_of(auditor.get("/admin/records"))})
    assert "记录链不完整" in auditor.get("/admin/records").text
