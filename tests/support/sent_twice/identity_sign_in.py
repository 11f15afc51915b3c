"""Forms of a sign-in."""

import re
from hashlib import sha256
from itertools import cycle
from uuid import uuid4

import pyotp
from pingshan_identity.domain.realm import Realm

from tests.support.fuzz.services import SEED, Attacked
from tests.support.sent_twice.identity import (
    CODE,
    SYSTEM,
    at,
    citizen,
    form_like,
    number,
    person_of,
    send_this_code,
    sign_ins,
    with_password,
)
from tests.support.sent_twice.identity_account import give_passkey, options
from tests.support.sent_twice.walk import Case, Form
from tests.support.workflow.browser import Browser

_OTHERS_NUMBERS = cycle((3, 4, 2))
"""Places in the seed of people of the public whose name is proven; beginning anew takes their number away."""


async def password(attacked: Attacked) -> Form:
    browser = await attacked.stranger()
    await browser.get("/sign-in")
    return form_like(browser, "/sign-in?", login="fire01", password=sign_ins(attacked)["staff"]["fire01"])


async def public_password(attacked: Attacked) -> Form:
    browser = await attacked.stranger()
    await browser.get("/public/sign-in")
    login, secret = next(iter(sign_ins(attacked)["public"].items()))
    return form_like(browser, "/public/sign-in?", login=login, password=secret)


async def totp(attacked: Attacked) -> Form:
    browser = await with_password(attacked, "fire01")
    code = pyotp.TOTP(sign_ins(attacked)["totp"]["fire01"]).now()
    return form_like(browser, "/sign-in/second-factor/totp?", code=code)


async def recovery_code(attacked: Attacked) -> Form:
    owner = await at(attacked, "/account/security", "housing01")
    await owner.post("/account/security/recovery-codes", {})
    codes = re.findall(r"<li>([^<]+)</li>", owner.html.partition("recovery-codes mono")[2])
    assert codes, owner.html
    browser = await with_password(attacked, "housing01")
    return form_like(browser, "/sign-in/second-factor/recovery-code?", code=codes[0])


async def sms_send(attacked: Attacked) -> Form:
    browser = await _second_factor_by_sms(attacked)
    return form_like(browser, "/sign-in/second-factor/sms/send?")


async def sms(attacked: Attacked) -> Form:
    form = await sms_send(attacked)
    await form.browser.post(form.action, dict(form.fields))
    await send_this_code(attacked)
    return form_like(form.browser, "/sign-in/second-factor/sms?", code=CODE)


async def _second_factor_by_sms(attacked: Attacked) -> Browser:
    """Somebody whom a sign-in service above us sent, and whose telephone is what is left."""
    await attacked.rows("UPDATE sms_challenge SET sent_at = sent_at - interval '1 day'")
    await attacked.rows("DELETE FROM sign_in_throttle")
    browser, attempt = await attacked.stranger(), str(uuid4())
    browser.cookies["__Host-pingshan-identity-csrf"] = SEED
    hashes = (sha256(text.encode()).hexdigest() for text in (attempt, attacked.csrf_token()))
    keys = ", ".join(f"'\\x{digest}'" for digest in hashes)
    who = await person_of(attacked, "hr01")
    kept = f"{keys}, 'staff', '{who}', 1, 0, '{{fed}}', '/account', now() + interval '5 minutes'"
    columns = "attempt_hash, browser_hash, realm, person_id, level, acr, amr, continuation, expires_at"
    await attacked.rows(f"INSERT INTO sign_in_attempt ({columns}) VALUES ({kept})")
    await browser.get(f"/sign-in/second-factor?attempt={attempt}&continue=%2Faccount")
    return browser


async def _code_asked(attacked: Attacked, mobile: str) -> Form:
    await attacked.rows("UPDATE sms_challenge SET sent_at = sent_at - interval '1 day'")
    await attacked.rows("DELETE FROM sign_in_throttle")
    browser = await attacked.stranger()
    await browser.get("/public/sign-in")
    return form_like(browser, "/public/sign-in/code/send?", mobile=mobile)


async def code_send(attacked: Attacked, mobile: str = "") -> Form:
    return await _code_asked(attacked, mobile or f"139{number():08d}")


async def code(attacked: Attacked, mobile: str = "") -> Form:
    form = await code_send(attacked, mobile)
    await form.browser.post(form.action, dict(form.fields))
    await send_this_code(attacked)
    return form_like(form.browser, "/public/sign-in/code?", code=CODE)


async def begin_anew(attacked: Attacked) -> Form:
    """Whoever has a telephone number that belonged to somebody whose name is proven."""
    mobile = sorted(sign_ins(attacked)["public"])[next(_OTHERS_NUMBERS)].removeprefix("+86")
    form = await _code_asked(attacked, mobile)
    await form.browser.post(form.action, dict(form.fields))
    await send_this_code(attacked)
    form = form_like(form.browser, "/public/sign-in/code?", code=CODE)
    await form.browser.post(form.action, dict(form.fields))
    return form_like(form.browser, "/sign-in/second-factor/begin-anew?")


async def _newcomer(attacked: Attacked) -> Browser:
    """Somebody new with a first password, at the page where an authenticator is set up."""
    system = await at(attacked, "/admin/people/new", SYSTEM)
    login = f"new{number()}"
    fields = {"login_name": login, "name": "林新月", "mobile_number": "13800001234", "organisation": "water"}
    await system.post("/admin/people/new", fields | {"posts": ["officer"], "since": ""})
    first = re.search(r"[a-z2-9]{4}(-[a-z2-9]{4}){3}", system.html)
    assert first, system.html
    browser = await attacked.stranger()
    await browser.get("/sign-in")
    form = form_like(browser, "/sign-in?", login=login, password=first[0])
    await browser.post(form.action, dict(form.fields))
    return browser


async def set_up(attacked: Attacked) -> Form:
    browser = await _newcomer(attacked)
    secret = re.search(r'data-copy="([A-Z2-7]{32})"', browser.html)
    assert secret, browser.html
    return form_like(browser, "/sign-in/set-up?", code=pyotp.TOTP(secret[1]).now())


async def new_password(attacked: Attacked) -> Form:
    form = await set_up(attacked)
    await form.browser.post(form.action, dict(form.fields))
    further = re.search(r'href="(/sign-in/second-factor[^"]+)"', form.browser.html)
    assert further, form.browser.html
    await form.browser.get(further[1].replace("&amp;", "&"))
    return form_like(form.browser, "/sign-in/new-password?", new=f"三条小河绕过一座青山{uuid4()}")


async def passkey(attacked: Attacked) -> Form:
    return await _passkey(attacked, Realm.STAFF, "/sign-in")


async def public_passkey(attacked: Attacked) -> Form:
    return await _passkey(attacked, Realm.PUBLIC, "/public/sign-in")


async def _passkey(attacked: Attacked, realm: Realm, page: str) -> Form:
    who = await citizen(attacked, 2) if realm is Realm.PUBLIC else ""
    authenticator = await give_passkey(attacked, realm, who)
    browser = await attacked.stranger()
    await browser.get(page)
    form = form_like(browser, f"{page}/passkey?")
    asked = await options(form, f"{page}/passkey/options")
    form.fields = dict(form.fields) | {"attempt": asked["attempt"], "credential": authenticator.get(asked["publicKey"])}
    return form


CASES = (
    Case("/sign-in", password),
    Case("/public/sign-in", public_password),
    Case("/sign-in/second-factor/totp", totp),
    Case("/sign-in/second-factor/recovery-code", recovery_code),
    Case("/sign-in/second-factor/sms/send", sms_send),
    Case("/sign-in/second-factor/sms", sms),
    Case("/sign-in/second-factor/begin-anew", begin_anew),
    Case("/sign-in/set-up", set_up),
    Case("/sign-in/new-password", new_password),
    Case("/public/sign-in/code/send", code_send),
    Case("/public/sign-in/code", code),
    Case("/sign-in/passkey", passkey),
    Case("/public/sign-in/passkey", public_passkey),
)
