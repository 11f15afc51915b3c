"""What the forms of identity share: who sits before them."""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4

from pingshan_identity.domain.realm import Realm
from pingshan_identity.usecases.sign_in import shared
from pingshan_kit.crypto import PersonalData

from tests.support.fuzz.services import Attacked
from tests.support.sent_twice.walk import Form
from tests.support.workflow.browser import Browser

SYSTEM, SECURITY, AUDITOR = "admin01", "secadmin01", "audit01"
CODE = "246810"
"""Every code by SMS, once `send_this_code` was called."""


def number() -> int:
    """Returns another number of up to eight digits each time."""
    return uuid4().int % 10**8


def sign_ins(attacked: Attacked) -> dict[str, dict[str, Any]]:
    """Names, passwords and authenticators of the seed."""
    found: dict[str, dict[str, Any]] = json.loads(Path(attacked.bound.fields["sign_ins_file"]).read_text("utf-8"))
    return found


async def person_of(attacked: Attacked, login: str) -> str:
    [[found]] = await attacked.rows(f"SELECT person_id FROM person WHERE login_name = '{login}'")
    return str(found)


async def citizen(attacked: Attacked, place: int) -> str:
    """The person of the public at that place of the seed's list, from 0."""
    personal = PersonalData.from_settings(attacked.settings)
    index = personal.index(sorted(sign_ins(attacked)["public"])[place])
    whose = f"realm = 'public' AND mobile_index = '\\x{index.hex()}'"
    [[found]] = await attacked.rows(f"SELECT person_id FROM person WHERE {whose}")
    return str(found)


async def at(
    attacked: Attacked, page: str, login: str = "", realm: Realm = Realm.STAFF, person_id: str = ""
) -> Browser:
    """A browser of that person (the one who may do everything, where none is named) that shows the page."""
    who = person_id or (await person_of(attacked, login) if login else "")
    browser = await attacked.browser(who, realm)
    await browser.get(page)
    return browser


def form_like(browser: Browser, start: str, **fields: Any) -> Form:
    """The form of the shown page whose address begins so."""
    found = re.search(rf'action="({re.escape(start)}[^"]*)"', browser.html)
    assert found, (start, browser.html)
    return Form(browser, unescape(found[1]), fields)


async def with_password(attacked: Attacked, login: str, page: str = "/sign-in") -> Browser:
    """A browser in which the name and password were given, at the page that follows."""
    await attacked.rows("DELETE FROM sign_in_throttle")
    browser = await attacked.stranger()
    await browser.get(page)
    password = sign_ins(attacked)["public" if login.startswith("+") else "staff"][login]
    form = form_like(browser, f"{page}?", login=login, password=password)
    await browser.post(form.action, dict(form.fields))
    await attacked.rows("UPDATE totp SET last_step = 0")
    return browser


async def send_this_code(attacked: Attacked) -> None:
    """Makes `CODE` the code of every message that is on its way."""
    personal = PersonalData.from_settings(attacked.settings)
    for [challenge] in await attacked.rows("SELECT challenge_id FROM sms_challenge WHERE used_at IS NULL"):
        digest = shared._code_hash(personal, challenge, CODE).hex()  # noqa: SLF001 - nobody else may compute it
        await attacked.rows(f"UPDATE sms_challenge SET code_hash = '\\x{digest}' WHERE challenge_id = '{challenge}'")
