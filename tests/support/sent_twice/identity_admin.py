"""Forms of administrators."""

import re
from typing import Any
from uuid import uuid4

from joserfc import jwt
from pingshan_identity.domain.sign_out.sign_out import RECEIPT, SignOut, receipt_claims
from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData

from tests.support.fuzz.services import Attacked
from tests.support.identity.own_clients import add_client
from tests.support.identity.signing import private_keys
from tests.support.sent_twice.identity import AUDITOR, SECURITY, SYSTEM, at, number, person_of
from tests.support.sent_twice.walk import Case, Form

_HEADS = "操作,登录名,姓名,单位代码,科室,岗位,手机号码,生效日期,截止日期"
_REASON = {"reason": "演练"}


def _newcomer(**changed: Any) -> dict[str, Any]:
    place = {"organisation": "water", "posts": ["officer", "window-clerk"], "since": clock.today().isoformat()}
    return {"login_name": f"joined{number()}", "name": "林新月", "mobile_number": "13800001234"} | place | changed


async def add_person(attacked: Attacked) -> Form:
    return Form(await at(attacked, "/admin/people/new", SYSTEM), "/admin/people/new", _newcomer())


async def _person(attacked: Attacked, who: str = SYSTEM) -> tuple[Form, str]:
    """The form by which somebody joined, and the address of their page, which is shown."""
    form = await add_person(attacked)
    await form.browser.post(form.action, dict(form.fields))
    here = re.search(r"/admin/people/[0-9a-f-]{36}", form.browser.html)
    assert here, form.browser.html
    await form.browser.get(here[0])
    return form, here[0]


async def move(attacked: Attacked) -> Form:
    form, here = await _person(attacked)
    place = {"organisation": "fire", "posts": ["officer"], "since": clock.today().isoformat()}
    return Form(form.browser, f"{here}/move", place)


async def leave(attacked: Attacked) -> Form:
    form, here = await _person(attacked)
    return Form(form.browser, f"{here}/leave", {"on": clock.today().isoformat()})


async def cancel_leaving(attacked: Attacked) -> Form:
    form, here = await _person(attacked)
    [[later]] = await attacked.rows("SELECT (current_date + 20)::text")
    await Form(form.browser, f"{here}/leave", {"on": later}).send()
    await form.browser.get(here)
    return Form(form.browser, f"{here}/leave/cancel")


async def cancel_move(attacked: Attacked) -> Form:
    form, here = await _person(attacked)
    [[later]] = await attacked.rows("SELECT (current_date + 20)::text")
    await Form(form.browser, f"{here}/move", {"organisation": "fire", "posts": ["officer"], "since": later}).send()
    await form.browser.get(here)
    return Form(form.browser, f"{here}/move/cancel")


async def reveal(attacked: Attacked) -> Form:
    form, here = await _person(attacked)
    return Form(form.browser, f"{here}/reveal", {"reason": "电话联系"})


async def deputy(attacked: Attacked) -> Form:
    other = await add_person(attacked)
    other.fields = dict(other.fields) | {"posts": ["officer"]}
    await other.send()
    form, here = await _person(attacked)
    [[until]] = await attacked.rows("SELECT (current_date + 20)::text")
    who = {"post": "window-clerk", "deputy": other.fields["login_name"]}
    days = {"deputy_since": clock.today().isoformat(), "deputy_until": until}
    return Form(form.browser, f"{here}/deputies", who | days)


async def end_deputy(attacked: Attacked) -> Form:
    form = await deputy(attacked)
    await form.browser.post(form.action, dict(form.fields))
    return Form(form.browser, f"{form.action}/end")


async def give_power(attacked: Attacked) -> Form:
    form, here = await _person(attacked)
    power = {"power": "auditor", "power_since": clock.today().isoformat()}
    return Form(form.browser, f"{here}/powers", power | _REASON)


async def _administrators_page(attacked: Attacked, whose: str, who: str = SYSTEM) -> tuple[Form, str]:
    await _no_changes(attacked)
    here = f"/admin/people/{await person_of(attacked, whose)}"
    browser = await at(attacked, here, who)
    return Form(browser, "/sign-out"), here


async def _no_changes(attacked: Attacked) -> None:
    await attacked.rows("UPDATE change_request SET decided_at = now(), decision = 'withdrawn' WHERE decided_at IS NULL")


async def end_power(attacked: Attacked) -> Form:
    form, here = await _administrators_page(attacked, AUDITOR)
    return Form(form.browser, f"{here}/powers/end", _REASON)


async def departure(attacked: Attacked) -> Form:
    form, here = await _administrators_page(attacked, AUDITOR)
    return Form(form.browser, f"{here}/departure", {"on": clock.today().isoformat()} | _REASON)


async def section(attacked: Attacked) -> Form:
    browser = await at(attacked, "/admin/organisation/water", SYSTEM)
    fields = {"section_id": "", "name_zh": f"第 {number()} 科", "name_en": f"Section {number()}"}
    return Form(browser, "/admin/organisation/water/sections", fields)


def _settings() -> dict[str, Any]:
    origin = "https://rp.example"
    return {"redirect_uris": f"{origin}/callback", "required_level": "1", "open_to": ["water"], "launch_uri": origin}


async def connect(attacked: Attacked) -> Form:
    browser, own = await at(attacked, "/admin/connect", SYSTEM), f"system-{number()}"
    named = {"client_id": own, "name_zh": "新系统", "name_en": "New system", "owner": "water"}
    kind = {"application_type": "web", "auth_method": "client_secret_basic"}
    return Form(browser, "/admin/connect", named | kind | _settings() | _REASON)


async def _system(attacked: Attacked) -> tuple[Form, str]:
    party = await add_client(attacked.bound, f"changed-{number()}")
    here = f"/admin/clients/{party.client_id}"
    return Form(await at(attacked, here, SYSTEM), "/sign-out"), here


async def change_system(attacked: Attacked) -> Form:
    form, here = await _system(attacked)
    return Form(form.browser, f"{here}/change", _settings() | _REASON)


async def switch_system(attacked: Attacked) -> Form:
    form, here = await _system(attacked)
    return Form(form.browser, f"{here}/switch", {"kind": "disable-client"} | _REASON)


async def try_system(attacked: Attacked) -> Form:
    form, here = await _system(attacked)
    await form.browser.get(f"{here}/test")
    form.browser.html = form.browser.html.replace('<form method="post">', f'<form method="post" action="{here}/test">')
    return Form(form.browser, f"{here}/test")


async def withdraw_token(attacked: Attacked) -> Form:
    who = await person_of(attacked, SYSTEM)
    await attacked.rows("UPDATE initial_access_token SET uses_left = 0")
    values = f"sha256('{number()}'), 'water', '{who}', now(), now() + interval '1 day', 1"
    columns = "token_hash, owner, made_by, made_at, expires_at, uses_left"
    await attacked.rows(f"INSERT INTO initial_access_token ({columns}) VALUES ({values})")
    return Form(await at(attacked, "/admin/clients", SYSTEM), "/admin/initial-tokens/withdraw", _REASON)


async def propose(attacked: Attacked) -> Form:
    await _no_changes(attacked)
    browser = await at(attacked, "/admin/changes", SECURITY)
    who = await person_of(attacked, "veterans01")
    fields = {"kind": "reset-factors", "person_id": who} | _REASON
    return Form(browser, "/admin/changes/propose", fields)


async def _proposed(attacked: Attacked) -> tuple[Form, str]:
    """The form by which a token for systems that register themselves was asked for, and the change's address."""
    await _no_changes(attacked)
    browser = await at(attacked, "/admin/connect", SYSTEM)
    wanted = {"kind": "open-registration", "owner": "water", "uses": "1", "days": "7"}
    form = Form(browser, "/admin/changes/propose", wanted | _REASON)
    return form, (await form.send()).headers["location"]


async def decide(attacked: Attacked) -> Form:
    _, change = await _proposed(attacked)
    return Form(await at(attacked, change, SECURITY), f"{change}/decide", {"decision": "approved"})


async def outcome(attacked: Attacked) -> Form:
    form, change = await _proposed(attacked)
    decision = Form(await at(attacked, change, SECURITY), f"{change}/decide", {"decision": "approved"})
    await decision.send()
    await form.browser.get(change)
    return Form(form.browser, f"{change}/outcome")


async def upload(attacked: Attacked) -> Form:
    browser = await at(attacked, "/admin/imports", SYSTEM)
    row = f"入职,imported{number()},㙍䶮,water,,officer,13800005555,{clock.today().isoformat()},"
    sheet = ("people.csv", f"{_HEADS}\n{row}\n".encode("utf-8-sig"))
    return Form(browser, "/admin/imports", files={"sheet": sheet})


async def _uploaded(attacked: Attacked) -> tuple[Form, str]:
    form = await upload(attacked)
    preview = (await form.send()).headers["location"]
    await form.browser.get(preview)
    return form, preview


async def decide_import(attacked: Attacked) -> Form:
    form, preview = await _uploaded(attacked)
    return Form(form.browser, f"{preview}/decide", {"decision": "apply"})


async def import_passwords(attacked: Attacked) -> Form:
    """As the job leaves an import that was applied."""
    form, preview = await _uploaded(attacked)
    import_id = preview.rpartition("/")[2]
    personal = PersonalData.from_settings(attacked.settings)
    sheet = '[["登录名", "初始密码"], ["imported", "abcd-efgh"]]'
    kept = personal.encrypt(sheet, table="person_import", column="passwords_encrypted", row=import_id)
    values = f"ordered_at = now(), applied_at = now(), passwords_encrypted = '\\x{kept.hex()}'"
    await attacked.rows(f"UPDATE person_import SET {values} WHERE import_id = '{import_id}'")
    await form.browser.get(preview)
    return Form(form.browser, f"{preview}/passwords")


async def verify_records(attacked: Attacked) -> Form:
    return Form(await at(attacked, "/admin/records", AUDITOR), "/admin/records/verify")


async def end_session(attacked: Attacked) -> Form:
    who = await person_of(attacked, "hr01")
    await attacked.rows(f"UPDATE sso_session SET ended_at = now() WHERE person_id = '{who}' AND ended_at IS NULL")
    await attacked.browser(who)
    browser = await at(attacked, "/admin/sessions?q=hr01", SECURITY)
    return Form(browser, "/admin/sessions/end", _REASON)


async def lift(attacked: Attacked) -> Form:
    await attacked.rows("DELETE FROM sign_in_throttle")
    stranger = await attacked.stranger()
    for wrong in range(4):
        await stranger.get("/sign-in")
        action = re.search(r'action="(/sign-in\?[^"]*)"', stranger.html)
        assert action
        await stranger.post(action[1].replace("&amp;", "&"), {"login": "work_safety01", "password": f"wrong{wrong}"})
    await attacked.rows("UPDATE sign_in_throttle SET blocked_until = now() + interval '1 hour'")
    return Form(await at(attacked, "/admin/throttles", SECURITY), "/admin/throttles/lift", _REASON)


async def retry_sign_out(attacked: Attacked) -> Form:
    who, own, event = await person_of(attacked, "drc01"), str(uuid4()), str(uuid4())
    kept = f"'{own}', '{who}', 'own', '{who}', now()"
    columns = "sign_out_id, person_id, reason, requested_by, requested_at"
    await attacked.rows(f"INSERT INTO sign_out ({columns}) VALUES ({kept})")
    columns = "sign_out_id, client_id, state, attempts, failure, attempted_at, event_id"
    given_up = f"'{own}', 'oa', 'given-up', 9, 'TIMEOUT', now(), '{event}'"
    await attacked.rows(f"INSERT INTO logout_delivery ({columns}) VALUES ({given_up})")
    return Form(await at(attacked, f"/sign-outs/{own}", SECURITY), f"/sign-outs/{own}/retry")


async def verify_receipt(attacked: Attacked) -> Form:
    """Of a sign-out that nobody had to be told of, signed as identity signs it."""
    who, now = await person_of(attacked, "water01"), clock.now()
    over = SignOut(str(uuid4()), who, None, "own", who, now, None, None)
    key = (await private_keys(attacked.bound))["ES256"]
    claims = receipt_claims(issuer=attacked.url, sign_out=over, deliveries=(), now=now)
    header = {"alg": "ES256", "typ": RECEIPT, "kid": key.kid}
    receipt = jwt.encode(header, claims, key, algorithms=["ES256"])
    return Form(await at(attacked, "/receipts/verify"), "/receipts/verify", {"receipt": receipt})


CASES = (
    Case("/admin/people/new", add_person),
    Case("/admin/people/{person_id:uuid}/move", move),
    Case("/admin/people/{person_id:uuid}/leave", leave),
    Case("/admin/people/{person_id:uuid}/leave/cancel", cancel_leaving),
    Case("/admin/people/{person_id:uuid}/move/cancel", cancel_move),
    Case("/admin/people/{person_id:uuid}/reveal", reveal),
    Case("/admin/people/{person_id:uuid}/deputies", deputy),
    Case("/admin/people/{person_id:uuid}/deputies/end", end_deputy),
    Case("/admin/people/{person_id:uuid}/powers", give_power),
    Case("/admin/people/{person_id:uuid}/powers/end", end_power),
    Case("/admin/people/{person_id:uuid}/departure", departure),
    Case("/admin/organisation/{code}/sections", section),
    Case("/admin/connect", connect),
    Case("/admin/clients/{client_id}/change", change_system),
    Case("/admin/clients/{client_id}/switch", switch_system),
    Case("/admin/clients/{client_id}/test", try_system),
    Case("/admin/initial-tokens/withdraw", withdraw_token),
    Case("/admin/changes/propose", propose),
    Case("/admin/changes/{change_id:uuid}/decide", decide),
    Case("/admin/changes/{change_id:uuid}/outcome", outcome),
    Case("/admin/imports", upload),
    Case("/admin/imports/{import_id:uuid}/decide", decide_import),
    Case("/admin/imports/{import_id:uuid}/passwords", import_passwords),
    Case("/admin/records/verify", verify_records),
    Case("/admin/sessions/end", end_session),
    Case("/admin/throttles/lift", lift),
    Case("/sign-outs/{sign_out_id:uuid}/retry", retry_sign_out),
    Case("/receipts/verify", verify_receipt, writes=False),
)
