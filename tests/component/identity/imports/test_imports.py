"""Imports of staff: a sheet is uploaded, previewed, returned with its errors, and applied once."""

from datetime import timedelta

import httpx
import pytest
from pingshan_kit import clock, sheets

from tests.support.identity.parties import Browser, Identity, csrf_of
from tests.support.servers import until
from tests.support.sheets import read_sheet

TODAY = clock.today()
HEADS = ["操作", "登录名", "姓名", "单位代码", "科室", "岗位", "手机号码", "生效日期", "截止日期"]


@pytest.fixture(scope="module")
def system(identity: Identity) -> Browser:
    return identity.signed_in("admin01")


def uploaded(system: Browser, content: bytes, name: str) -> httpx.Response:
    token = csrf_of(system.get("/admin/imports"))
    return system.request("POST", "/admin/imports", data={"csrf_token": token}, files={"sheet": (name, content)})


def test_the_errors_of_a_sheet_are_english_in_english(system: Browser) -> None:
    rows = [
        HEADS,
        ["入职", "twice", "", "nowhere", "none", "auditor", "12", "soon", ""],
        ["调动", "twice", "", "water", "", "officer", "", "", ""],
        ["升职", "x1", "", "", "", "", "", "", ""],
        ["入职", "water01", "王五", "water", "none", "officer", "13800005555", "", ""],
        ["调动", "secadmin01", "", "water", "", "officer", "", "", ""],
    ]
    preview = uploaded(system, sheets.write(rows, "csv"), "people.csv").headers["location"]
    english = {"Accept-Language": "en"}
    shown = system.get(preview, headers=english).text
    head, *faults = read_sheet(system.get(f"{preview}/errors.csv", headers=english).content)
    assert head[-1] == "Errors"
    said = "; ".join(row[-1] for row in faults)
    for sentence in (
        "The organisation has no such section",
        "The login name stands in several rows",
        "There is no such organisation",
        "生效日期 is not a date",
        "操作 must be 入职 (joins), 调动 (moves) or 离职 (leaves)",
        "The login name is taken",
        "Nobody on the staff has this login name",
        "Two persons decide on moving an administrator",
    ):
        assert sentence in said
        assert sentence in shown
    assert "没有" not in said


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
    shown = system.get(preview).text
    assert "1 行可以生效，3 行有错误" in shown
    assert ("深圳市坪山区水务局" in shown, "经办人员" in shown, ">water<" in shown, ">officer<" in shown) == (
        True,
        True,
        False,
        False,
    )
    assert "需要两人审批：审计员" in shown
    returned = read_sheet(system.get(f"{preview}/errors.{kind}").content)
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
    passwords = read_sheet(system.post(f"{preview}/passwords", data={"csrf_token": token}).content)
    assert passwords[1][0] == good
    assert system.post(f"{preview}/passwords", data={"csrf_token": token}).status_code == 404


def test_what_is_downloaded_can_be_uploaded_again(identity: Identity, system: Browser) -> None:
    """The template, filled in with names as it is, and the sheet with errors; a sheet of before has its old head."""
    [heads, example] = read_sheet(system.get("/admin/imports/template.xlsx").content)
    named = heads.index("登录名")
    example[named] = "named01"
    preview = uploaded(system, sheets.write([heads, example], "xlsx"), "people.xlsx").headers["location"]
    assert "1 行可以生效，0 行有错误" in system.get(preview).text
    returned = read_sheet(system.get(f"{preview}/errors.csv").content)
    assert (
        "1 行可以生效" in system.get(uploaded(system, sheets.write(returned, "csv"), "x.csv").headers["location"]).text
    )
    old = [["单位代码" if head == "单位" else head for head in heads], example]
    again = uploaded(system, sheets.write(old, "csv"), "old.csv").headers["location"]
    assert "1 行可以生效" in system.get(again).text
    page = system.get(preview)
    system.post(f"{preview}/decide", data={"csrf_token": csrf_of(page), "decision": "apply"})
    until(lambda: "已生效" in system.get(preview).text)
    [row] = identity.execute("SELECT organisation FROM person WHERE login_name = 'named01'")
    assert row["organisation"] == "water"
    auditor = identity.signed_in("audit01")
    query = "act=person.joined"
    shown = auditor.get(f"/admin/records?{query}").text
    for named in ("organisation=深圳市坪山区水务局（water）", "posts=经办人员（officer）"):
        assert named in shown
    english = auditor.get(f"/admin/records?{query}", headers={"Accept-Language": "en"}).text
    assert "organisation=Pingshan District Water Bureau (water)" in english
    exported = read_sheet(auditor.get(f"/admin/records.csv?{query}").content)
    assert any("经办人员（officer）" in row[5] and "水务局（water）" in row[5] for row in exported[1:])


def test_a_row_that_takes_the_place_of_a_planned_move_says_so(identity: Identity, system: Browser) -> None:
    plan = "UPDATE person SET moves_on = $1, moves_to = 'water' WHERE login_name = ANY($2::text[])"
    identity.execute(plan, TODAY + timedelta(days=9), ["drc01", "hr01"])
    moves = [["调动", login, "", "health", "", "经办人员", "", "", ""] for login in ("drc01", "fire01")]
    rows = [HEADS, *moves, ["离职", "hr01", "", "", "", "", "", "", ""]]
    preview = uploaded(system, sheets.write(rows, "csv"), "moves.csv").headers["location"]
    shown = system.get(preview).text
    assert "3 行可以生效，0 行有错误" in shown
    assert shown.count(f"取代 {TODAY + timedelta(days=9)} 的调动安排") == 1
    identity.execute(plan, None, ["drc01", "hr01"])


def test_a_sheet_that_is_none_is_refused(system: Browser) -> None:
    assert uploaded(system, b"\xff\xff", "x.csv").status_code == 422
    missing = uploaded(system, sheets.write([["登录名"], ["a1"]], "csv"), "x.csv")
    assert missing.status_code == 422
    assert "缺少这些列" in missing.text
