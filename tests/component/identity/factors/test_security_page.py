"""One's own password, authenticator and recovery codes; and passwords that everybody knows."""

import re

import pytest
from argon2 import PasswordHasher
from pingshan_identity.clients.breached_passwords import BreachedPasswords

from tests.support.identity.parties import Browser, Identity, csrf_of

PAGE = "/account/security"
MINE = "三条小河绕过一座青山"


def change(page: Browser, current: str, new: str, **more: str) -> int:
    form = {"csrf_token": csrf_of(page.get(PAGE)), "current": current, "new": new} | more
    return page.post(f"{PAGE}/password", data=form).status_code


def test_the_list_is_looked_up_by_prefix() -> None:
    known = BreachedPasswords()
    assert "password123" in known
    assert MINE not in known
    assert all(digest.startswith("00000") for digest in known.range("00000"))


def test_a_password_is_changed_and_other_sessions_end(identity: Identity) -> None:
    page, other = identity.signed_in("housing01"), identity.signed_in("housing01")
    old = identity.sign_ins["staff"]["housing01"]
    assert change(page, "wrong", MINE) == 401
    assert change(page, old, "short") == 422
    assert change(page, old, "password123") == 422
    assert change(page, old, "i-am-housing01") == 422
    assert change(page, old, MINE, end_others="true") == 303
    assert page.get(PAGE).status_code == 200
    assert other.get("/account").status_code == 303
    identity.sign_ins["staff"]["housing01"] = MINE
    assert identity.signed_in("housing01").get("/").status_code == 200
    assert "修改了密码" in page.get("/sign-in-record").text


def test_guessing_the_present_password_slows_down(identity: Identity) -> None:
    page = identity.signed_in("planning01")
    statuses = [change(page, f"wrong{number}", MINE) for number in range(8)]
    assert statuses[:5] == [401] * 5
    assert 429 in statuses


def test_a_known_password_must_be_changed_at_the_sign_in(identity: Identity) -> None:
    identity.execute(
        "UPDATE password SET hash = $1 FROM person WHERE person.person_id = password.person_id"
        " AND login_name = 'ecology01'",
        PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1).hash("password123"),
    )
    identity.sign_ins["staff"]["ecology01"] = "password123"
    page = identity.browser()
    further = identity.sign_in(page, "ecology01").headers["location"]
    assert page.get(further).headers["location"].startswith("/sign-in/new-password?")
    assert page.get("/").status_code == 303


def test_new_recovery_codes_make_the_old_ones_void(identity: Identity) -> None:
    page = identity.signed_in("police01")
    codes = []
    for _ in range(2):
        shown = page.post(f"{PAGE}/recovery-codes", data={"csrf_token": csrf_of(page.get(PAGE))})
        codes.append(re.findall(r"<li>([a-z2-9]{5}-[a-z2-9]{5})</li>", shown.text))
    assert [len(each) for each in codes] == [10, 10]
    rows = identity.execute(
        "SELECT count(*) AS n FROM recovery_code JOIN person USING (person_id) WHERE login_name = 'police01'"
    )
    assert rows[0]["n"] == 10


def test_the_last_factor_of_staff_stays(identity: Identity) -> None:
    page = identity.signed_in("fire01")
    assert page.post(f"{PAGE}/totp/remove", data={"csrf_token": csrf_of(page.get(PAGE))}).status_code == 409


@pytest.mark.parametrize("path", ["recovery-codes", "totp/remove"])
def test_what_changes_factors_needs_a_fresh_sign_in(identity: Identity, path: str) -> None:
    page = identity.signed_in("urban01")
    identity.execute(
        "UPDATE sso_session SET auth_time = now() - interval '6 minutes' FROM person"
        " WHERE person.person_id = sso_session.person_id AND login_name = 'urban01'"
    )
    assert page.post(f"{PAGE}/{path}", data={"csrf_token": csrf_of(page.get(PAGE))}).status_code == 403
