"""Forms of wifi-portal: those of visitors before the captive portal, and those of the operators' console."""

import secrets
from uuid import uuid4

from pingshan_kit.crypto import PersonalData
from pingshan_wifi_portal.store.sign_ins import code_hash

from tests.support.fuzz.services import Attacked
from tests.support.sent_twice.walk import Case, Form
from tests.support.wifi_portal.visitor import controllers

_CODE = "246810"


async def joined(attacked: Attacked) -> str:
    """The address to which the controller of a new device leads its browser."""
    state, own = attacked.running.folder / f"devices-{uuid4()}.json", secrets.token_bytes(3)
    device = f"02:00:{own[0]:02X}:{own[1]:02X}:{own[2]:02X}:01"
    async with controllers(attacked.bound.fields, state) as nas:
        answer = await nas.get("/nas/PS-NAS-04/join", params={"hotspot": "PS-HS-057", "mac": device})
    await attacked.rows("DELETE FROM code_limit")
    return f"/?{answer.headers['location'].partition('?')[2]}"


async def number(attacked: Attacked, address: str = "", mobile: str = "") -> Form:
    """`address`: of a device that has joined."""
    browser = await attacked.stranger()
    await browser.get(address or await joined(attacked))
    return Form(browser, "/number", {"mobile": mobile or f"138{uuid4().int % 10**8:08d}", "consent": "yes"})


async def _asked(attacked: Attacked) -> Form:
    form = await number(attacked)
    await form.browser.post(form.action, dict(form.fields))
    return form


async def resend(attacked: Attacked) -> Form:
    form = await _asked(attacked)
    await attacked.rows("DELETE FROM code_limit")
    await attacked.rows("UPDATE sign_in SET sent_at = sent_at - interval '61 seconds'")
    return Form(form.browser, "/resend")


async def start_over(attacked: Attacked) -> Form:
    return Form((await _asked(attacked)).browser, "/start-over")


async def code(attacked: Attacked) -> Form:
    form, personal = await _asked(attacked), PersonalData.from_settings(attacked.settings)
    for [sign_in] in await attacked.rows("SELECT sign_in_id FROM sign_in WHERE state = 'pending'"):
        digest = code_hash(personal, sign_in, _CODE).hex()
        await attacked.rows(f"UPDATE sign_in SET code = '\\x{digest}' WHERE sign_in_id = '{sign_in}'")
    return Form(form.browser, "/code", {"code": _CODE})


async def shown(attacked: Attacked) -> Form:
    form = await number(attacked)
    form.action = "/shown"  # the buttons of language and size
    return form


async def end(attacked: Attacked) -> Form:
    session = str(uuid4())
    await attacked.rows(
        "INSERT INTO wifi_session (session_id, controller_id, hotspot_id, device_mac, acct_session_id, started_at)"
        f" SELECT '{session}', 'PS-NAS-04', 'PS-HS-057', '02:00:00:00:00:09', '{session}', now()"
    )
    browser = await attacked.browser()
    await browser.get("/console/sessions")
    return Form(browser, f"/console/sessions/{session}/end")


async def lift(attacked: Attacked) -> Form:
    await _asked(attacked)
    await attacked.rows("UPDATE code_limit SET attempts = 99, blocked_until = now() + interval '1 hour'")
    browser = await attacked.browser()
    await browser.get("/console/limits")
    return Form(browser, "/console/limits/lift", {"reason": "误触"})


CASES = (
    Case("/number", number),
    Case("/resend", resend),
    Case("/start-over", start_over),
    Case("/code", code),
    Case("/shown", shown, writes=False),
    Case("/console/sessions/{session_id}/end", end),
    Case("/console/limits/lift", lift),
)
