"""Every level is earned by what was presented now, and a sign-in under way ends with what it stands on."""

from urllib.parse import parse_qs, urlencode, urlsplit

from tests.support.identity.authenticator import Authenticator
from tests.support.identity.parties import Attempt, Browser, Identity, RelyingParty, answer_of, submit
from tests.support.identity.passkeys import PAGE, as_second_factor, with_passkey

SESSION = "__Host-pingshan-identity"


def told(page: Browser, party: RelyingParty, address: str, attempt: Attempt) -> tuple[str, list[str], int]:
    """What the ID token says of the sign-in, after a page led to `address`."""
    answer = answer_of(page.get(address))
    claims = party.read(party.redeem(answer["code"], attempt).json()["id_token"])
    return claims["acr"], claims["amr"], claims["auth_time"]


def with_password_only(identity: Identity, login: str, page: Browser | None = None) -> Browser:
    """A browser that has just opened a system of level 1 with a password."""
    page = page or identity.browser()
    asked = identity.district("mobile").authorize_path(Attempt(), prompt="login")
    given = identity.give_password(page, login, answer_of(page.get(asked))["continue"])
    assert given.headers["location"].startswith("/authorize?"), given.headers["location"]
    return page


def step_up(identity: Identity, page: Browser) -> str:
    """The address of the second page for a system of level 2."""
    raised = page.get(identity.district("oa").authorize_path(Attempt())).headers["location"]
    assert raised.startswith("/sign-in/step-up?"), raised
    return str(page.get(raised).headers["location"])


def code_given(identity: Identity, page: Browser, login: str, second: str) -> str:
    """Where the right code leads to."""
    identity.let_codes_be_used_again()
    token = identity.browser()
    token.cookies = page.cookies
    form = {"code": identity.code_now(login)}
    action = second.replace("/second-factor?", "/second-factor/totp?")
    return str(submit(page, action, form, at="/sign-in").headers["location"])


def from_the_start(login: str) -> str:
    """Where a sign-in that is over leads: to its first page, with the name that was typed."""
    return f"/sign-in?{urlencode({'continue': '/account', 'login_hint': login, 'expired': 'true'})}"


def test_a_password_alone_renews_no_level_two(identity: Identity) -> None:
    page, mobile, attempt = identity.signed_in("water01"), identity.district("mobile"), Attempt()
    asked = mobile.authorize_path(attempt, prompt="login")
    given = identity.give_password(page, "water01", answer_of(page.get(asked))["continue"])
    level, methods, password_at = told(page, mobile, given.headers["location"], attempt)
    assert (level, methods) == ("1", ["pwd"])
    assert page.get(PAGE).headers["location"].startswith("/sign-in/step-up?")
    refused = page.get(identity.district("oa").authorize_path(Attempt(), acr_values="2", prompt="none"))
    assert answer_of(refused)["error"] == "login_required"

    oa, raised = identity.district("oa"), Attempt()
    needed = page.get(oa.authorize_path(raised, acr_values="2")).headers["location"]
    second = page.get(needed).headers["location"]
    further = identity.give_code(page, "water01", second).headers["location"]
    assert told(page, oa, further, raised) == ("2", ["pwd", "otp"], password_at)


def test_prompt_login_for_level_two_asks_for_both(identity: Identity) -> None:
    page, oa, attempt = identity.signed_in("hall01"), identity.district("oa"), Attempt()
    needed = answer_of(page.get(oa.authorize_path(attempt, prompt="login", acr_values="2")))["continue"]
    second = identity.give_password(page, "hall01", needed).headers["location"]
    assert second.startswith("/sign-in/second-factor?")
    further = identity.give_code(page, "hall01", second).headers["location"]
    assert told(page, oa, further, attempt)[:2] == ("2", ["pwd", "otp"])


def test_a_passkey_that_raises_a_session_is_the_whole_sign_in(identity: Identity) -> None:
    authenticator = Authenticator(identity.url, synced=True)
    page = with_passkey(identity, authenticator, "fire01")
    with_password_only(identity, "fire01", page)
    oa, attempt = identity.district("oa"), Attempt()
    second = page.get(page.get(oa.authorize_path(attempt)).headers["location"]).headers["location"]
    further = as_second_factor(page, second, authenticator).headers["location"]
    assert told(page, oa, further, attempt)[:2] == ("2", ["swk"])


def test_a_changed_password_ends_the_sign_ins_that_were_begun_with_the_old_one(identity: Identity) -> None:
    thief, owner = identity.browser(), identity.signed_in("planning01")
    second = identity.give_password(thief, "planning01", "/account").headers["location"]
    form = {"current": identity.sign_ins["staff"]["planning01"], "new": "坪山 2026 一个新的口令"}
    assert submit(owner, "/account/security/password", form, at="/account/security").status_code == 303
    assert code_given(identity, thief, "planning01", second) == from_the_start("planning01")
    assert SESSION not in thief.cookies


def test_a_step_up_ends_with_its_session(identity: Identity) -> None:
    page = with_password_only(identity, "urban01")
    second = step_up(identity, page)
    identity.execute("UPDATE sso_session SET ended_at = now() WHERE amr = ARRAY['pwd']")
    before = page.cookies[SESSION]
    assert code_given(identity, page, "urban01", second).startswith("/authorize?")
    assert page.cookies[SESSION] == before


def test_a_step_up_raises_no_session_but_its_own(identity: Identity) -> None:
    page = with_password_only(identity, "health01")
    second = step_up(identity, page)
    del page.cookies[SESSION]
    assert code_given(identity, page, "health01", second).startswith("/authorize?")
    assert SESSION not in page.cookies


def test_who_ends_all_sessions_ends_the_sign_ins_under_way(identity: Identity) -> None:
    thief, owner = identity.browser(), identity.signed_in("civil01")
    second = identity.give_password(thief, "civil01", "/account").headers["location"]
    assert submit(owner, "/account/sessions/end-all", {}, at="/account").status_code == 303
    assert code_given(identity, thief, "civil01", second) == from_the_start("civil01")
    assert SESSION not in thief.cookies
    assert parse_qs(urlsplit(second).query)["continue"] == ["/account"]
