"""What gives or takes power takes two, is checked again when it is decided, and leaves no duty without a holder."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pingshan_kit import clock, sheets

from tests.support.identity.parties import Browser, Identity, csrf_of
from tests.support.servers import until

TODAY = clock.today()
LATER = TODAY + timedelta(days=20)
HEADS = ["操作", "登录名", "姓名", "单位代码", "科室", "岗位", "手机号码", "生效日期", "截止日期"]
DUTIES = {"admin01": "system-administrator", "secadmin01": "security-administrator", "audit01": "auditor"}


@pytest.fixture
def system(identity: Identity) -> Browser:
    """The three duties are held as at the beginning, and nothing waits for a decision."""
    identity.execute("UPDATE person SET left_at = NULL, leaves_on = NULL WHERE realm = 'staff'")
    identity.execute("DELETE FROM person_post WHERE post = ANY($1::text[])", [*DUTIES.values()])
    for login, duty in DUTIES.items():
        appoint(identity, login, duty)
    identity.execute("UPDATE change_request SET expires_at = now() WHERE decided_at IS NULL")
    return identity.signed_in("admin01")


@pytest.fixture
def security(identity: Identity, system: Browser) -> Browser:
    return identity.signed_in("secadmin01")


def appoint(identity: Identity, login: str, duty: str) -> None:
    """Behind the service's back, as if two had decided it before."""
    identity.execute(
        "INSERT INTO person_post (person_id, post, since) SELECT person_id, $2, $3::date FROM person "
        "WHERE login_name = $1",
        login,
        duty,
        TODAY - timedelta(days=1),
    )


def id_of(identity: Identity, login: str) -> str:
    return str(identity.execute("SELECT person_id FROM person WHERE login_name = $1", login)[0]["person_id"])


def version_of(identity: Identity, login: str) -> str:
    return str(identity.execute("SELECT version FROM person WHERE login_name = $1", login)[0]["version"])


def is_present(identity: Identity, login: str) -> bool:
    query = "SELECT 1 FROM person WHERE login_name = $1 AND left_at IS NULL AND leaves_on IS NULL"
    return bool(identity.execute(query, login))


def send(page: Browser, path: str, form: dict[str, Any], *, at: str = "/account/sessions") -> httpx.Response:
    return page.post(path, data={"csrf_token": csrf_of(page.get(at))} | form)


def on_person(identity: Identity, page: Browser, login: str, act: str, form: dict[str, Any]) -> httpx.Response:
    sent = {"version": version_of(identity, login), "reason": "人员调整"} | form
    return send(page, f"/admin/people/{id_of(identity, login)}/{act}", sent)


def leave(identity: Identity, page: Browser, login: str, act: str = "leave", days: int = 0) -> httpx.Response:
    """`days`: from today on; 0 would delete what the person signs in with."""
    return on_person(identity, page, login, act, {"on": (TODAY + timedelta(days=days)).isoformat()})


def decide(page: Browser, change: str, decision: str = "approved") -> httpx.Response:
    return send(page, f"{change}/decide", {"decision": decision, "reason": "同意"})


def proposed(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    change = str(answer.headers["location"])
    assert change.startswith("/admin/changes/"), change
    return change


MOVE = {"organisation": "amr", "posts": ["officer", "licence-officer"], "since": TODAY.isoformat()}


def test_nobody_dismisses_an_administrator_alone(identity: Identity, system: Browser) -> None:
    appoint(identity, "water01", "security-administrator")
    leave(identity, system, "water01", days=1)
    leave(identity, system, "audit01", days=1)
    assert is_present(identity, "water01")
    assert is_present(identity, "audit01")


def test_nobody_moves_themselves(identity: Identity, system: Browser) -> None:
    answer = on_person(identity, system, "admin01", "move", MOVE)
    assert answer.status_code == 403, answer.headers.get("location")
    query = "SELECT organisation FROM person WHERE login_name = 'admin01'"
    assert identity.execute(query)[0]["organisation"] == "data"


def test_a_dismissed_proposers_change_is_not_approved(identity: Identity, system: Browser, security: Browser) -> None:
    appoint(identity, "hall01", "system-administrator")
    other = identity.signed_in("hall01")
    form = {"power": "auditor", "power_since": TODAY.isoformat()}
    change = proposed(on_person(identity, other, "fire01", "powers", form))
    identity.execute("UPDATE person SET left_at = now() WHERE login_name = 'hall01'")
    assert decide(security, change).status_code == 409
    held = "SELECT 1 FROM person_post JOIN person USING (person_id) WHERE login_name = 'fire01' AND post = 'auditor'"
    assert not identity.execute(held)
    assert decide(security, change, "refused").status_code == 303


def test_a_change_of_somebody_who_changed_since_is_not_approved(
    identity: Identity, system: Browser, security: Browser
) -> None:
    form = {"power": "auditor", "power_since": TODAY.isoformat()}
    change = proposed(on_person(identity, system, "fire01", "powers", form))
    assert leave(identity, system, "fire01", days=30).status_code == 303
    assert decide(security, change).status_code == 409


def test_an_administrators_planned_leaving_is_taken_back_by_two(
    identity: Identity, system: Browser, security: Browser
) -> None:
    appoint(identity, "hall01", "system-administrator")
    assert decide(security, proposed(leave(identity, system, "hall01", days=9))).status_code == 303
    assert not is_present(identity, "hall01")
    own = on_person(identity, identity.signed_in("hall01"), "hall01", "leave/cancel", {})
    assert own.status_code == 403, "nobody keeps their own power"
    change = proposed(on_person(identity, system, "hall01", "leave/cancel", {}))
    assert not is_present(identity, "hall01")
    assert decide(security, change).status_code == 303
    assert is_present(identity, "hall01")


def test_two_at_once_do_not_remove_the_last_two(identity: Identity, system: Browser, security: Browser) -> None:
    """Each alone would leave one; together they would leave nobody."""
    appoint(identity, "water01", "security-administrator")
    appoint(identity, "hall01", "system-administrator")
    changes = [
        proposed(leave(identity, system, "hall01", days=3)),
        proposed(leave(identity, identity.signed_in("hall01"), "admin01", days=2)),
    ]
    deciders = [security, identity.signed_in("water01")]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(decide, deciders, changes))
    assert sum(answer.status_code == 303 for answer in answers) == 1, [answer.status_code for answer in answers]
    assert is_present(identity, "admin01") != is_present(identity, "hall01")


def test_the_last_holder_is_not_removed(identity: Identity, system: Browser, security: Browser) -> None:
    for act, form in (("leave", {"on": TODAY.isoformat()}), ("powers/end", {"power": "auditor"})):
        answer = on_person(identity, system, "audit01", act, form)
        if answer.status_code == 303:
            answer = decide(security, proposed(answer))
        assert answer.status_code == 409, act
        assert "最后一位" in answer.text
    shortened = {"power": "auditor", "power_since": TODAY.isoformat(), "power_until": TODAY.isoformat()}
    assert decide(security, proposed(on_person(identity, system, "audit01", "powers", shortened))).status_code == 409
    assert is_present(identity, "audit01")


def test_whoever_has_a_successor_goes_after_two_agreed(identity: Identity, system: Browser, security: Browser) -> None:
    appoint(identity, "fire01", "auditor")
    change = proposed(on_person(identity, system, "fire01", "powers/end", {"power": "auditor"}))
    assert decide(security, change).status_code == 303
    held = "SELECT 1 FROM person_post JOIN person USING (person_id) WHERE login_name = 'fire01' AND post = 'auditor' "
    assert not identity.execute(held + "AND (until IS NULL OR until >= $1::date)", TODAY)
    appoint(identity, "water01", "security-administrator")
    change = proposed(on_person(identity, system, "water01", "move", MOVE))
    assert decide(identity.signed_in("water01"), change).status_code == 403, "nobody decides about themselves"
    assert decide(security, change).status_code == 303
    query = "SELECT organisation FROM person WHERE login_name = 'water01'"
    assert identity.execute(query)[0]["organisation"] == "amr"


def test_a_dead_administrators_departure_is_decided_by_the_auditor(
    identity: Identity, system: Browser, security: Browser
) -> None:
    """The only security administrator cannot decide it, and the proposer must not."""
    appoint(identity, "hall01", "system-administrator")
    change = proposed(leave(identity, system, "secadmin01", "departure", days=5))
    assert decide(identity.signed_in("hall01"), change).status_code == 403, "two of one kind are not two"
    assert decide(security, change).status_code == 403, "nobody decides about themselves"
    auditor = identity.signed_in("audit01")
    assert change in auditor.get("/admin/duties").text
    assert decide(auditor, change).status_code == 303
    assert not is_present(identity, "secadmin01")


def test_an_auditor_decides_nothing_else(identity: Identity, system: Browser) -> None:
    form = {"power": "auditor", "power_since": TODAY.isoformat()}
    change = proposed(on_person(identity, system, "fire01", "powers", form))
    auditor = identity.signed_in("audit01")
    assert auditor.get(change).status_code == 403
    assert decide(auditor, change).status_code == 403


def test_nobody_makes_themselves_a_deputy_or_gives_themselves_power(
    identity: Identity, system: Browser, security: Browser
) -> None:
    days = {"deputy_since": TODAY.isoformat(), "deputy_until": (TODAY + timedelta(days=3)).isoformat()}
    form = {"deputy": "admin01", "post": "licence-officer", **days}
    assert on_person(identity, system, "amr01", "deputies", form).status_code == 403
    form = {"power": "system-administrator", "power_since": TODAY.isoformat()}
    assert on_person(identity, system, "admin01", "powers", form).status_code == 403
    reset = {"kind": "reset-factors", "person_id": id_of(identity, "secadmin01"), "reason": "r"}
    assert send(security, "/admin/changes/propose", reset).status_code == 403
    reset["person_id"] = id_of(identity, "admin01")
    assert decide(system, proposed(send(security, "/admin/changes/propose", reset))).status_code == 403


def test_another_administrators_deputyship_takes_two(identity: Identity, system: Browser, security: Browser) -> None:
    days = {"deputy_since": TODAY.isoformat(), "deputy_until": (TODAY + timedelta(days=3)).isoformat()}
    form = {"deputy": "audit01", "post": "licence-officer", **days}
    change = proposed(on_person(identity, system, "amr01", "deputies", form))
    held = "SELECT 1 FROM person_post JOIN person p USING (person_id) WHERE p.login_name = 'audit01' AND acting_for IS NOT NULL AND until >= $1::date"  # noqa: E501
    assert not identity.execute(held, TODAY)
    assert decide(security, change).status_code == 303
    assert identity.execute(held, TODAY)
    ended = {"deputy_id": id_of(identity, "audit01"), "post": "licence-officer"}
    assert decide(security, proposed(on_person(identity, system, "amr01", "deputies/end", ended))).status_code == 303
    assert not identity.execute(held, TODAY)


def test_a_changed_systems_proposal_is_not_approved(identity: Identity, system: Browser, security: Browser) -> None:
    at = "/admin/clients/dpf-system/switch"
    rotate, disable = (
        proposed(send(system, at, {"kind": kind, "reason": "r"})) for kind in ("rotate-secret", "disable-client")
    )
    assert decide(security, disable).status_code == 303
    assert decide(security, rotate).status_code == 409
    enable = proposed(send(system, at, {"kind": "enable-client", "reason": "r"}))
    assert decide(security, enable).status_code == 303


def test_a_sheet_moves_no_administrator(identity: Identity, system: Browser) -> None:
    rows = [HEADS, ["调动", "admin01", "", "amr", "", "licence-officer", "", "", ""],
            ["调动", "audit01", "", "amr", "", "officer", "", "", ""]]  # fmt: skip
    preview = uploaded(system, rows)
    assert "0 行可以生效，2 行有错误" in system.get(preview).text


def test_a_sheet_dismisses_no_administrator_but_proposes_it(
    identity: Identity, system: Browser, security: Browser
) -> None:
    proposed(leave(identity, system, "audit01", "departure", days=20))
    preview = uploaded(system, [HEADS, ["离职", "audit01", "", "", "", "", "", LATER.isoformat(), ""]])
    send(system, f"{preview}/decide", {"decision": "apply"}, at=preview)
    until(lambda: "已生效" in system.get(preview).text)
    assert is_present(identity, "audit01")
    change = "/admin/changes/" + waiting(identity, "record-departure")
    assert decide(system, change).status_code == 403, "nobody decides their own"
    assert decide(security, change).status_code == 303
    assert not is_present(identity, "audit01"), "who is gone is gone, also the last one"
    identity.execute("UPDATE person SET left_at = now() WHERE login_name = 'audit01'")
    assert "有管理员职责无人担任" in system.get("/admin/people").text
    assert "pingshan break-glass auditor" in security.get("/admin/duties").text


def waiting(identity: Identity, kind: str) -> str:
    """Id of the one open proposal of that kind."""
    query = "SELECT change_id::text FROM change_request WHERE kind = $1 AND decided_at IS NULL AND expires_at > now()"
    [row] = identity.execute(query, kind)
    return str(row["change_id"])


def uploaded(system: Browser, rows: list[list[str]]) -> str:
    token = csrf_of(system.get("/admin/imports"))
    files = {"sheet": ("people.csv", sheets.write(rows, "csv"))}
    answer = system.request("POST", "/admin/imports", data={"csrf_token": token}, files=files)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])
