"""Forms of one's own account, and those that let a system or a device in."""

import asyncio
from typing import Any
from uuid import uuid4

from pingshan_identity.domain.realm import Realm

from tests.support.fuzz.services import Attacked
from tests.support.identity.authenticator import Authenticator
from tests.support.identity.own_clients import add_client
from tests.support.identity.parties import Attempt, RelyingParty
from tests.support.sent_twice.identity import at, citizen, form_like, number, person_of, sign_ins
from tests.support.sent_twice.walk import Case, Form

_DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
_PASSKEYS = "/account/passkeys"
_SECURITY = "/account/security"
_passwords: dict[str, str] = {}


async def _third_party(attacked: Attacked) -> RelyingParty:
    grants = ["authorization_code", _DEVICE]
    scopes = ["openid", "profile"]
    own = f"third-{number()}"
    return await add_client(attacked.bound, own, third_party=True, scopes=scopes, realms=["staff"], grant_types=grants)


async def consent(attacked: Attacked) -> Form:
    third = await _third_party(attacked)
    browser = await at(attacked, third.authorize_path(Attempt()))
    return form_like(browser, "/consent?", decision="allow")


async def withdraw(attacked: Attacked) -> Form:
    third, who = await _third_party(attacked), await person_of(attacked, "water01")
    given = f"'{who}', '{third.client_id}', '{{openid}}', now()"
    await attacked.rows(f"INSERT INTO consent (person_id, client_id, scopes, given_at) VALUES ({given})")
    browser = await at(attacked, "/account/consents")
    return Form(browser, "/account/consents/withdraw", {"client_id": third.client_id})


async def device(attacked: Attacked) -> Form:
    third = await _third_party(attacked)
    begun = (await asyncio.to_thread(third.token, {"scope": "openid"}, "/device_authorization")).json()
    browser = await at(attacked, f"/device?user_code={begun['user_code']}")
    return Form(browser, "/device/decide", {"decision": "allow"})


async def end_session(attacked: Attacked) -> Form:
    who = await person_of(attacked, "police01")
    await attacked.browser(who)
    query = f"SELECT session_id FROM sso_session WHERE person_id = '{who}' ORDER BY started_at DESC LIMIT 1"
    [[other]] = await attacked.rows(query)
    browser = await at(attacked, "/account", person_id=who)
    return Form(browser, "/account/sessions/end", {"session_id": other})


async def end_all(attacked: Attacked) -> Form:
    return Form(await at(attacked, "/account", "civil01"), "/account/sessions/end-all")


async def change_password(attacked: Attacked) -> Form:
    browser, new = await at(attacked, _SECURITY, "culture01"), f"三条小河绕过一座青山{uuid4()}"
    current = _passwords.get(attacked.url) or sign_ins(attacked)["staff"]["culture01"]
    _passwords[attacked.url] = new
    return Form(browser, f"{_SECURITY}/password", {"current": current, "new": new})


async def recovery_codes(attacked: Attacked) -> Form:
    await attacked.rows("DELETE FROM recovery_code")
    return Form(await at(attacked, _SECURITY, "fire01"), f"{_SECURITY}/recovery-codes")


async def remove_totp(attacked: Attacked) -> Form:
    """Somebody who has a passkey as well."""
    who = await person_of(attacked, "dpf01")
    await give_passkey(attacked, Realm.STAFF, who)
    copied = "person_id, secret_encrypted, confirmed_at, last_step, created_at"
    await attacked.rows(
        f"INSERT INTO totp ({copied}) SELECT '{who}', secret_encrypted, confirmed_at, last_step, created_at"
        f" FROM totp WHERE person_id <> '{who}' LIMIT 1 ON CONFLICT DO NOTHING"
    )
    return Form(await at(attacked, _SECURITY, person_id=who), f"{_SECURITY}/totp/remove")


async def options(form: Form, address: str) -> dict[str, Any]:
    """As the page's script asks for them."""
    headers = form.browser.headers() | {"X-CSRF-Token": form.fields["csrf_token"]}
    query = form.action.partition("?")[2]
    answer = await form.browser.client.post(f"{address}{'?' + query if query else ''}", headers=headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def add_passkey(attacked: Attacked, realm: Realm = Realm.STAFF, person_id: str = "") -> Form:
    form, _ = await _made_passkey(attacked, realm, person_id)
    return form


async def _made_passkey(attacked: Attacked, realm: Realm, person_id: str) -> tuple[Form, Authenticator]:
    browser = await at(attacked, _PASSKEYS, realm=realm, person_id=person_id)
    form, authenticator = Form(browser, f"{_PASSKEYS}/add"), Authenticator(attacked.url)
    asked = await options(form, f"{_PASSKEYS}/options")
    answer = authenticator.create(asked["publicKey"])
    form.fields = dict(form.fields) | {"attempt": asked["attempt"], "credential": answer, "name": "办公室电脑"}
    return form, authenticator


async def give_passkey(attacked: Attacked, realm: Realm, person_id: str = "") -> Authenticator:
    form, authenticator = await _made_passkey(attacked, realm, person_id)
    answer = await form.send()
    assert answer.status_code == 303, answer.text
    return authenticator


async def rename_passkey(attacked: Attacked) -> Form:
    await give_passkey(attacked, Realm.STAFF)
    return Form(await at(attacked, _PASSKEYS), f"{_PASSKEYS}/rename", {"name": f"新名字 {number()}"})


async def remove_passkey(attacked: Attacked) -> Form:
    await give_passkey(attacked, Realm.STAFF)
    return Form(await at(attacked, _PASSKEYS), f"{_PASSKEYS}/remove")


async def link(attacked: Attacked) -> Form:
    await attacked.rows("DELETE FROM upstream_identity WHERE provider = 'wecom' RETURNING person_id")
    return Form(await at(attacked, "/account/upstreams"), "/account/upstreams/link", {"provider": "wecom"})


async def unlink(attacked: Attacked) -> Form:
    who = await person_of(attacked, "water01")
    await attacked.rows("DELETE FROM upstream_identity WHERE provider = 'gd-staff'")
    await attacked.rows(f"INSERT INTO upstream_identity VALUES ('gd-staff', '\\x{number():08x}', '{who}', now())")
    browser = await at(attacked, "/account/upstreams")
    return Form(browser, "/account/upstreams/unlink", {"provider": "gd-staff"})


async def appoint(attacked: Attacked) -> Form:
    await attacked.rows("DELETE FROM representation WHERE kind = 'agent'")
    head = await citizen(attacked, 0)
    browser = await at(attacked, "/account/representations", realm=Realm.PUBLIC, person_id=head)
    [[until]] = await attacked.rows("SELECT (current_date + 20)::text")
    agent = sorted(sign_ins(attacked)["public"])[1].removeprefix("+86")
    named = {"mobile": agent, "name": "刘春生"}
    return Form(browser, "/account/representations/appoint", named | {"until": until})


async def end_representation(attacked: Attacked) -> Form:
    form = await appoint(attacked)
    await form.send()
    await form.browser.get("/account/representations")
    return Form(form.browser, "/account/representations/end")


CASES = (
    Case("/consent", consent),
    Case("/account/consents/withdraw", withdraw),
    Case("/device/decide", device),
    Case("/account/sessions/end", end_session),
    Case("/account/sessions/end-all", end_all, signs_out=True),
    Case("/account/security/password", change_password),
    Case("/account/security/recovery-codes", recovery_codes),
    Case("/account/security/totp/remove", remove_totp),
    Case("/account/passkeys/add", add_passkey),
    Case("/account/passkeys/rename", rename_passkey),
    Case("/account/passkeys/remove", remove_passkey),
    Case("/account/upstreams/link", link),
    Case("/account/upstreams/unlink", unlink),
    Case("/account/representations/appoint", appoint),
    Case("/account/representations/end", end_representation),
)
