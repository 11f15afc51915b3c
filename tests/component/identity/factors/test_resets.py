"""Who has lost a password or a second factor is helped by two administrators, and is told."""

import re
from typing import Any

import pyotp
import pytest

from tests.support.identity.parties import Attempt, Browser, Identity, csrf_of, submit


@pytest.fixture(scope="module")
def system(identity: Identity) -> Browser:
    return identity.signed_in("admin01")


@pytest.fixture(scope="module")
def security(identity: Identity) -> Browser:
    return identity.signed_in("secadmin01")


def person_of(identity: Identity, login: str) -> str:
    [row] = identity.execute("SELECT person_id FROM person WHERE login_name = $1", login)
    return f"/admin/people/{row['person_id']}"


def proposed(security: Browser, person: str, kind: str) -> str:
    """Address of the proposal, which begins on the person's page."""
    page = security.get(person)
    assert f'value="{kind}"' in page.text
    form = {"kind": kind, "person_id": person.rpartition("/")[2], "reason": "忘记了"}
    return str(submit(security, "/admin/changes/propose", form, at=person).headers["location"])


def reset(identity: Identity, system: Browser, security: Browser, login: str, kind: str) -> str:
    """Address of the reset that two have decided."""
    change = proposed(security, person_of(identity, login), kind)
    assert submit(system, f"{change}/decide", {"decision": "approved"}, at=change).status_code == 303
    return change


def shown(page: Browser, change: str) -> str:
    """What an administrator is shown of the change, once; empty for nothing."""
    found = re.findall(r'data-copy="([a-z2-9-]{14,19})"', submit(page, f"{change}/outcome", {}, at=change).text)
    assert submit(page, f"{change}/outcome", {}, at=change).status_code == 404
    return str(found[0]) if found else ""


def is_password(secret: str) -> bool:
    return len(secret) == 19


def is_enrolment_code(secret: str) -> bool:
    return len(secret) == 14


def enrol(identity: Identity, login: str, password: str, code: str) -> int:
    """Status of the answer to a first factor, after the password."""
    identity.sign_ins["staff"][login] = password
    page = identity.browser()
    at = page.get(identity.give_password(page, login).headers["location"]).headers["location"]
    assert at.startswith("/sign-in/set-up"), at
    form = page.get(at)
    [secret] = re.findall(r'data-copy="([A-Z2-7]{32})"', form.text)
    sent = {"csrf_token": csrf_of(form), "code": pyotp.TOTP(secret).now(), "enrolment_code": code}
    return page.post(at, data=sent).status_code


def record(identity: Identity, login: str) -> list[dict[str, Any]]:
    query = (
        "SELECT act, details::text FROM record WHERE subject = 'person:' || "
        "(SELECT person_id::text FROM person WHERE login_name = $1) ORDER BY id"
    )
    return [dict(row) for row in identity.execute(query, login)]


def told(identity: Identity, login: str) -> int:
    query = "SELECT 1 FROM job WHERE kind = 'tell-of-reset' AND payload->>'person_id' = $1"
    return len(identity.execute(query, person_of(identity, login).rpartition("/")[2]))


def test_the_list_names_the_person(identity: Identity, system: Browser, security: Browser) -> None:
    person = person_of(identity, "ecology01")
    change = proposed(security, person, "reset-password")
    listed = system.get("/admin/changes").text
    assert "(ecology01)" in listed
    assert person.rpartition("/")[2] not in listed
    submit(security, f"{change}/decide", {"decision": "withdrawn"}, at=change)


def test_a_lost_password(identity: Identity, system: Browser, security: Browser) -> None:
    before = identity.signed_in("water01")
    half_done = identity.browser()
    second = identity.give_password(half_done, "water01").headers["location"]
    change = reset(identity, system, security, "water01", "reset-password")
    assert shown(system, change) == "", "who has a factor proves it, and nothing is made for the decider"
    given = shown(security, change)
    assert is_password(given)
    assert before.get("/account").status_code == 303, "every session has ended"
    assert half_done.get(second).status_code != 200, "a sign-in under way, too"
    assert identity.give_password(identity.browser(), "water01").status_code == 401, "the old password is none"
    acts = [each["act"] for each in record(identity, "water01")]
    assert {"change.proposed", "change.decided", "password.reset", "secret.shown", "session.ended"} <= set(acts)
    assert given not in str(record(identity, "water01"))
    assert told(identity, "water01") == 1

    identity.sign_ins["staff"]["water01"] = given
    owner = identity.browser()
    second = identity.give_password(owner, "water01").headers["location"]
    answer = identity.give_code(owner, "water01", second)
    chosen = owner.get(answer.headers["location"]).headers["location"]
    assert owner.get("/account").status_code == 303, "not before a password of one's own"
    new = "a river of one's own 7"
    assert submit(owner, chosen, {"new": new}).status_code == 303
    assert "管理员重置了密码" in owner.get("/sign-in-record").text
    assert identity.give_password(identity.browser(), "water01").status_code == 401, "the given one counts once"


@pytest.mark.parametrize("system_of_level_1", ["mobile", "credit"])
def test_a_first_password_alone_opens_no_system(
    identity: Identity, system: Browser, security: Browser, system_of_level_1: str
) -> None:
    """Who proposed the reset has the password; of a system of level 1 it would be the whole sign-in."""
    given = shown(security, reset(identity, system, security, "transport01", "reset-password"))
    identity.sign_ins["staff"]["transport01"] = given
    page = identity.browser()
    continuation = identity.district(system_of_level_1).authorize_path(Attempt())
    second = identity.give_password(page, "transport01", continuation).headers["location"]
    assert page.get(second).status_code == 200, "the second factor is asked for, and no password of one's own yet"
    assert "__Host-pingshan-identity" not in page.cookies
    answer = identity.give_code(page, "transport01", second)
    assert page.get(answer.headers["location"]).headers["location"].startswith("/sign-in/new-password")


def test_without_a_factor_the_proposer_alone_cannot_sign_in(
    identity: Identity, system: Browser, security: Browser
) -> None:
    identity.execute("DELETE FROM totp USING person p WHERE p.person_id = totp.person_id AND login_name = 'health01'")
    change = reset(identity, system, security, "health01", "reset-password")
    given, code = shown(security, change), shown(system, change)
    assert (is_password(given), is_enrolment_code(code)) == (True, True)
    assert enrol(identity, "health01", given, "") == 401
    assert enrol(identity, "health01", given, code) == 200


def test_without_a_password_of_their_own_the_decider_alone_cannot_sign_in(
    identity: Identity, system: Browser, security: Browser
) -> None:
    """A first password may be known to the decider, who has added the person."""
    identity.execute("UPDATE password SET must_change = true FROM person p "
                     "WHERE p.person_id = password.person_id AND login_name = 'education01'")  # fmt: skip
    change = reset(identity, system, security, "education01", "reset-factors")
    assert identity.give_password(identity.browser(), "education01").status_code == 401, "what one alone has is void"
    given, code = shown(security, change), shown(system, change)
    assert (is_password(given), is_enrolment_code(code)) == (True, True)
    assert enrol(identity, "education01", given, "") == 401
    assert enrol(identity, "education01", given, code) == 200


def test_who_comes_to_power_enrols_anew_by_the_deciders_hand(
    identity: Identity, system: Browser, security: Browser
) -> None:
    """One administrator alone may have invented the person, and have the password and the factor."""
    person = person_of(identity, "veterans01")
    invented = identity.signed_in("veterans01")
    form = {"power": "auditor", "power_since": "2026-01-01", "reason": "任命"}
    change = str(submit(system, f"{person}/powers", form, at=person).headers["location"])
    assert submit(security, f"{change}/decide", {"decision": "approved"}, at=change).status_code == 303
    assert invented.get("/account").status_code == 303
    assert identity.give_password(identity.browser(), "veterans01").status_code == 401, "nor does who knew it get in"
    given, code = shown(system, change), shown(security, change)
    assert (is_password(given), is_enrolment_code(code)) == (True, True)
    assert enrol(identity, "veterans01", given, "") == 401
    assert enrol(identity, "veterans01", given, code) == 200
    longer = form | {"power_until": "2099-01-01"}
    change = str(submit(system, f"{person}/powers", longer, at=person).headers["location"])
    assert submit(security, f"{change}/decide", {"decision": "approved"}, at=change).status_code == 303
    assert (shown(security, change), shown(system, change)) == ("", ""), "who holds power keeps both"


def test_who_reset_a_password_does_not_decide_themselves_into_power(
    identity: Identity, system: Browser, security: Browser
) -> None:
    """The first password of a reset is the security administrator's, who also decides that the person gets power."""
    given = shown(security, reset(identity, system, security, "comprehensive01", "reset-password"))
    person = person_of(identity, "comprehensive01")
    form = {"power": "auditor", "power_since": "2026-01-01", "reason": "任命"}
    change = str(submit(system, f"{person}/powers", form, at=person).headers["location"])
    assert submit(security, f"{change}/decide", {"decision": "approved"}, at=change).status_code == 303
    code = shown(security, change)
    identity.sign_ins["staff"]["comprehensive01"] = given
    assert is_enrolment_code(code)
    assert identity.give_password(identity.browser(), "comprehensive01").status_code == 401


@pytest.mark.parametrize("kind", ["reset-password", "reset-factors"])
def test_what_an_account_is_linked_to_ends_with_a_reset(
    identity: Identity, system: Browser, security: Browser, kind: str
) -> None:
    """Whoever has the factors in strange hands may have linked it, and comes in by it."""
    mine = "person_id = (SELECT person_id FROM person WHERE login_name = 'culture01')"
    identity.execute(
        "INSERT INTO upstream_identity (provider, subject_index, person_id, linked_at) "
        "SELECT 'gd-staff', '\\x01', person_id, now() FROM person WHERE login_name = 'culture01'"
    )
    reset(identity, system, security, "culture01", kind)
    assert identity.execute(f"SELECT 1 FROM upstream_identity WHERE {mine}") == []


def test_a_reset_says_that_links_end(identity: Identity, system: Browser, security: Browser) -> None:
    change = proposed(security, person_of(identity, "fire01"), "reset-factors")
    assert "绑定的其他登录方式" in system.get(change).text
    submit(security, f"{change}/decide", {"decision": "withdrawn"}, at=change)


def test_what_an_account_is_linked_to_ends_as_it_comes_to_power(
    identity: Identity, system: Browser, security: Browser
) -> None:
    """Whoever added the person may have linked it: with an enrolment code it would be the whole account."""
    mine = "person_id = (SELECT person_id FROM person WHERE login_name = 'drc01')"
    identity.execute(
        "INSERT INTO upstream_identity (provider, subject_index, person_id, linked_at) "
        "SELECT 'gd-staff', '\\x02', person_id, now() FROM person WHERE login_name = 'drc01'"
    )
    person = person_of(identity, "drc01")
    form = {"power": "auditor", "power_since": "2026-01-01", "reason": "任命"}
    change = str(submit(system, f"{person}/powers", form, at=person).headers["location"])
    assert submit(security, f"{change}/decide", {"decision": "approved"}, at=change).status_code == 303
    assert identity.execute(f"SELECT 1 FROM upstream_identity WHERE {mine}") == []


def test_nobody_who_is_to_leave_is_given_power(identity: Identity, system: Browser, security: Browser) -> None:
    """One administrator alone has planned the leaving."""
    person = person_of(identity, "planning01")
    form = {"power": "auditor", "power_since": "2099-01-01", "reason": "r"}
    plan = "UPDATE person SET leaves_on = current_date + 9 WHERE login_name = 'planning01'"
    identity.execute(plan)
    refused = submit(system, f"{person}/powers", form, at=person)
    assert (refused.status_code, "不能授予管理职责" in refused.text) == (422, True), refused.text
    identity.execute("UPDATE person SET leaves_on = NULL WHERE login_name = 'planning01'")
    change = str(submit(system, f"{person}/powers", form, at=person).headers["location"])
    identity.execute(plan)
    assert submit(security, f"{change}/decide", {"decision": "approved"}, at=change).status_code == 422
    assert not identity.execute("SELECT 1 FROM person_post WHERE since = '2099-01-01'")


def test_both_are_lost(identity: Identity, system: Browser, security: Browser) -> None:
    person = person_of(identity, "fire01")
    changes = [proposed(security, person, kind) for kind in ("reset-password", "reset-factors")]
    for change in changes:
        assert submit(system, f"{change}/decide", {"decision": "approved"}, at=change).status_code == 303
    assert {is_password(shown(security, change)) for change in changes} == {True}
    assert shown(system, changes[0]) == ""
    assert is_enrolment_code(shown(system, changes[1]))
    acts = [each["act"] for each in record(identity, "fire01")]
    assert {"password.reset", "factors.reset"} <= set(acts)
    assert told(identity, "fire01") == 2


@pytest.mark.parametrize("kind", ["reset-password", "reset-factors"])
def test_who_may_not(identity: Identity, system: Browser, security: Browser, kind: str) -> None:
    person, own = person_of(identity, "urban01"), person_of(identity, "secadmin01")
    form = {"kind": kind, "person_id": person.rpartition("/")[2], "reason": "r"}
    assert f'value="{kind}"' not in system.get(person).text, "what one may not propose is not offered"
    assert submit(system, "/admin/changes/propose", form, at="/admin/changes").status_code == 403
    assert submit(security, "/admin/changes/propose", {**form, "reason": " "}, at=person).status_code == 422
    for_oneself = {**form, "person_id": own.rpartition("/")[2]}
    assert submit(security, "/admin/changes/propose", for_oneself, at=person).status_code == 403
    change = proposed(security, person, kind)
    assert submit(security, f"{change}/decide", {"decision": "approved"}, at=change).status_code == 403, "one's own"
    assert submit(system, f"{change}/outcome", {}, at=change).status_code == 403, "it is the proposer's to see"
    of_the_decider = proposed(security, person_of(identity, "admin01"), kind)
    refused = submit(system, f"{of_the_decider}/decide", {"decision": "approved"}, at=of_the_decider)
    assert refused.status_code == 403, "whom it concerns decides nothing"
    nobody = identity.signed_in("amr01")
    assert nobody.post("/admin/changes/propose", data=form).status_code == 403
    assert "password.reset" not in {each["act"] for each in record(identity, "urban01")}
    assert told(identity, "urban01") == 0
