"""The first factor after a reset: it takes a code that a person hands over, and belongs to one sign-in."""

import re

import pyotp
import pytest

from tests.support.identity.parties import Browser, Identity, csrf_of, submit


@pytest.fixture(scope="module")
def system(identity: Identity) -> Browser:
    return identity.signed_in("admin01")


@pytest.fixture(scope="module")
def security(identity: Identity) -> Browser:
    return identity.signed_in("secadmin01")


def enrolment_code(identity: Identity, system: Browser, security: Browser, login: str) -> str:
    """After two people have reset the factors of somebody."""
    [person] = identity.execute("SELECT person_id FROM person WHERE login_name = $1", login)
    form = {"kind": "reset-factors", "person_id": str(person["person_id"]), "reason": "手机丢失"}
    page = f"/admin/people/{person['person_id']}"
    assert f'name="person_id" value="{person["person_id"]}"' in security.get(page).text, (
        "nobody has to copy an id out of an address"
    )
    change = submit(security, "/admin/changes/propose", form, at=page).headers["location"]
    assert submit(system, f"{change}/decide", {"decision": "approved"}, at=change).status_code == 303
    assert submit(security, f"{change}/outcome", {}, at=change).status_code == 404, "it is the decider's to hand over"
    shown = submit(system, f"{change}/outcome", {}, at=change)
    [code] = re.findall(r'data-copy="([a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4})"', shown.text)
    return str(code)


def proposal(identity: Identity, page: Browser, login: str) -> tuple[str, str, str] | None:
    """Address, CSRF token and secret of the set-up; None where none is offered."""
    second = identity.give_password(page, login).headers["location"]
    at = page.get(second).headers.get("location", "")
    if not at.startswith("/sign-in/set-up"):
        return None
    shown = page.get(at)
    assert "登记码" in shown.text
    [secret] = re.findall(r'data-copy="([A-Z2-7]{32})"', shown.text)
    return at, csrf_of(shown), secret


def set_up(identity: Identity, page: Browser, login: str, code: str) -> int:
    """Status of the answer."""
    offered = proposal(identity, page, login)
    assert offered
    at, token, secret = offered
    form = {"csrf_token": token, "code": pyotp.TOTP(secret).now(), "enrolment_code": code}
    return page.post(at, data=form).status_code


def test_the_password_alone_makes_no_new_factor(identity: Identity, system: Browser, security: Browser) -> None:
    code = enrolment_code(identity, system, security, "dpf01")
    thief, owner = identity.browser(), identity.browser()
    assert set_up(identity, thief, "dpf01", "") == 401
    assert set_up(identity, thief, "dpf01", "abcd-efgh-jkmn") == 401
    assert thief.get("/").status_code == 303
    assert set_up(identity, owner, "dpf01", code.upper()) == 200
    assert owner.get("/").status_code == 200
    assert proposal(identity, identity.browser(), "dpf01") is None, "from now on the new factor counts"


def test_a_code_ends_after_a_day(identity: Identity, system: Browser, security: Browser) -> None:
    code = enrolment_code(identity, system, security, "culture01")
    identity.execute("UPDATE enrolment_code SET expires_at = now()")
    assert set_up(identity, identity.browser(), "culture01", code) == 401


def test_nobody_confirms_an_authenticator_that_another_sign_in_saw(
    identity: Identity, system: Browser, security: Browser
) -> None:
    code = enrolment_code(identity, system, security, "civil01")
    seen = proposal(identity, identity.browser(), "civil01")
    owner = identity.browser()
    offered = proposal(identity, owner, "civil01")
    assert seen
    assert offered
    assert seen[2] != offered[2]
    form = {"csrf_token": offered[1], "code": pyotp.TOTP(seen[2]).now(), "enrolment_code": code}
    assert owner.post(offered[0], data=form).status_code == 401
    assert set_up(identity, owner, "civil01", code) == 200, "a wrong code of the authenticator costs no enrolment code"
