"""Keys of identity."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from joserfc.jwk import ECKey
from pingshan_identity.store.factors import second_factors
from pingshan_identity.store.oauth import dpop_proofs, revoked_tokens
from pingshan_identity.store.sign_in import upstreams
from pingshan_kit.crypto import PersonalData

from tests.support.fuzz.services import Attacked
from tests.support.identity.own_clients import add_client
from tests.support.races.race import OF_ITS_OWN, SEEDED, WITH_ANOTHER, Begin, Caller, Race, form, statement
from tests.support.sent_twice import identity_account, identity_admin, identity_sign_in
from tests.support.sent_twice.identity import SECURITY, SYSTEM, at, number, person_of
from tests.support.sent_twice.walk import Form


def _moment() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=5)


async def login_name(attacked: Attacked) -> Race:
    """Two administrators add somebody of the same login name."""
    first, second = await identity_admin.add_person(attacked), await identity_admin.add_person(attacked)
    name = first.fields["login_name"]
    second.fields = dict(second.fields) | {"login_name": name}
    return Race((form(first), form(second)), f"SELECT count(*) FROM person WHERE login_name = '{name}'")


async def section(attacked: Attacked) -> Race:
    first, second = await identity_admin.section(attacked), await identity_admin.section(attacked)
    name = first.fields["name_zh"]
    second.fields = dict(second.fields) | {"name_zh": name}
    return Race((form(first), form(second)), f"SELECT count(*) FROM section WHERE name_zh = '{name}'")


async def client(attacked: Attacked) -> Race:
    """Two proposals for systems of the same code, approved at the same time; to ask for the second is refused."""
    own, decisions = f"raced-{number()}", []
    for each in (own, f"{own}-2"):
        asked = await identity_admin.connect(attacked)
        asked.fields = dict(asked.fields) | {"client_id": each}
        change = (await asked.send()).headers["location"]
        same = (
            f"subject = replace(subject, '{each}', '{own}'), details = replace(details::text, '{each}', '{own}')::jsonb"
        )
        await attacked.rows(f"UPDATE change_request SET {same} WHERE change_id = '{change.rpartition('/')[2]}'")
        browser = await at(attacked, change, SECURITY)
        decisions.append(form(Form(browser, f"{change}/decide", {"decision": "approved"})))
    return Race((decisions[0], decisions[1]), f"SELECT count(*) FROM client WHERE client_id = '{own}'")


async def deputy(attacked: Attacked) -> Race:
    first = await identity_admin.deputy(attacked)
    browser = await at(attacked, first.action.removesuffix("/deputies"), SYSTEM)
    second = Form(browser, first.action, {name: first.fields[name] for name in first.fields if name[0] != "c"})
    second.fields = dict(second.fields) | {"form_key": uuid4().hex * 2}
    person = first.action.split("/")[3]
    return Race((form(first), form(second)), f"SELECT count(*) FROM person_post WHERE acting_for = '{person}'")


async def consent(attacked: Attacked) -> Race:
    """One question in two tabs."""
    first = await identity_account.consent(attacked)
    second = Form(first.browser, first.action, dict(first.fields) | {"form_key": uuid4().hex * 2})
    client_id = first.action.partition("client_id=")[2].partition("&")[0]
    return Race((form(first), form(second)), f"SELECT count(*) FROM consent WHERE client_id = '{client_id}'")


async def passkey(attacked: Attacked) -> Race:
    """One answer of an authenticator, in two forms."""
    [[before]] = await attacked.rows("SELECT count(*) FROM passkey")
    first = await identity_account.add_passkey(attacked)
    second = Form(first.browser, first.action, dict(first.fields) | {"form_key": uuid4().hex * 2})
    return Race((form(first), form(second)), f"SELECT count(*) - {before} FROM passkey")


async def representation(attacked: Attacked) -> Race:
    first = await identity_account.appoint(attacked)
    second = Form(first.browser, first.action, dict(first.fields) | {"form_key": uuid4().hex * 2})
    return Race((form(first), form(second)), "SELECT count(*) FROM representation WHERE kind = 'agent'")


async def recovery_codes(attacked: Attacked) -> Race:
    """Two tabs ask for new codes: ten stand."""
    first = await identity_account.recovery_codes(attacked)
    second = Form(first.browser, first.action, {"form_key": uuid4().hex * 2})
    who = await person_of(attacked, "fire01")
    return Race((form(first), form(second)), f"SELECT count(*) / 10 FROM recovery_code WHERE person_id = '{who}'")


async def public_mobile(attacked: Attacked) -> Race:
    """Two browsers of one new number, each with a code of its own."""
    mobile = f"135{uuid4().int % 10**8:08d}"
    first, second = [await identity_sign_in.code(attacked, mobile) for _ in "12"]
    index = PersonalData.from_settings(attacked.settings).index(f"+86{mobile}").hex()
    return Race((form(first), form(second)), f"SELECT count(*) FROM person WHERE mobile_index = '\\x{index}'")


async def throttle(attacked: Attacked) -> Race:
    """Two wrong passwords for one name, from two browsers."""
    await attacked.rows("DELETE FROM sign_in_throttle")
    forms = []
    for _ in "12":
        sent = await identity_sign_in.password(attacked)
        forms.append(sent)
        sent.fields = dict(sent.fields) | {"login": "traffic_police01", "password": "wrong"}

    def refused(sent: Form) -> Caller:
        async def send() -> int:
            answer = await sent.send()
            return 200 if answer.status_code == 401 else answer.status_code

        return send

    standing = "SELECT count(*) FROM sign_in_throttle WHERE attempts = 2 AND counted = 'account-on-network'"
    return Race((refused(forms[0]), refused(forms[1])), standing)


async def client_assertion(attacked: Attacked) -> Race:
    """One assertion in two token requests (RFC 7523 section 3): one is served."""
    key = ECKey.generate_key("P-256")
    party = await add_client(attacked.bound, f"asserted-{number()}", key=key, grant_types=["client_credentials"])
    assertion = party.assertion()

    async def ask() -> int:
        asked: dict[str, str | None] = {"grant_type": "client_credentials", "client_assertion": assertion}
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        answer = await asyncio.to_thread(party.token, asked | {"client_assertion_type": kind})
        return answer.status_code

    return Race((ask, ask), f"SELECT count(*) FROM client_assertion WHERE client_id = '{party.client_id}'")


async def dpop_proof(attacked: Attacked) -> Race:
    own = uuid4()
    both = statement(attacked.built.database, dpop_proofs.note, jkt=str(own), jti_hash=own.bytes, expires_at=_moment())
    return Race((both, both), f"SELECT count(*) FROM dpop_proof WHERE jkt = '{own}'")


async def revoked_token(attacked: Attacked) -> Race:
    own = str(uuid4())
    both = statement(attacked.built.database, revoked_tokens.add, token_id=own, expires_at=_moment())
    return Race((both, both), f"SELECT count(*) FROM revoked_token WHERE token_id = '{own}'")


async def upstream_identity(attacked: Attacked) -> Race:
    """One account of a sign-in service above us comes back in two browsers."""
    own, who = uuid4(), await person_of(attacked, "water01")
    linked = {"provider": "gd-staff", "subject_index": own.bytes, "person_id": who, "now": datetime.now(UTC)}
    both = statement(attacked.built.database, upstreams.link, **linked)
    return Race((both, both), f"SELECT count(*) FROM upstream_identity WHERE subject_index = '\\x{own.hex}'")


async def totp(attacked: Attacked) -> Race:
    """Two sign-ins of one person who has no authenticator yet, at the page that proposes one."""
    who, personal = await person_of(attacked, "planning01"), PersonalData.from_settings(attacked.settings)
    await attacked.rows(f"DELETE FROM totp WHERE person_id = '{who}'")
    proposed = {"personal": personal, "person_id": who, "secret": "A" * 32, "now": datetime.now(UTC)}
    database = attacked.built.database
    both = [statement(database, second_factors.propose_totp, attempt_hash=mark, **proposed) for mark in (b"1", b"2")]
    return Race((both[0], both[1]), f"SELECT count(*) FROM totp WHERE person_id = '{who}'")


async def enrolment_code(attacked: Attacked) -> Race:
    who = await person_of(attacked, "planning01")
    both = statement(
        attacked.built.database,
        second_factors.require_enrolment_code,
        person_id=who,
        code_hash=b"x",
        expires_at=_moment(),
    )
    return Race((both, both), f"SELECT count(*) FROM enrolment_code WHERE person_id = '{who}'")


_PROVEN = "whoever adds or proves a number holds its advisory lock (`lock_number`)"
RACES: Mapping[str, Begin | str] = {
    "pk_access_grant": OF_ITS_OWN,
    "pk_authorization_code": OF_ITS_OWN,
    "pk_change_request": OF_ITS_OWN,
    "pk_client": client,
    "pk_client_assertion": client_assertion,
    "pk_client_role": SEEDED,
    "pk_connection_test": OF_ITS_OWN,
    "pk_consent": consent,
    "pk_device_authorization": OF_ITS_OWN,
    "uq_device_authorization_user_code_index": OF_ITS_OWN,
    "pk_dpop_proof": dpop_proof,
    "pk_enrolment_code": enrolment_code,
    "pk_initial_access_token": OF_ITS_OWN,
    "pk_logout_delivery": WITH_ANOTHER,
    "uq_logout_delivery_event_id": OF_ITS_OWN,
    "pk_organisation": SEEDED,
    "uq_organisation_unified_social_credit_code": SEEDED,
    "pk_passkey": passkey,
    "pk_password": WITH_ANOTHER,
    "pk_person": OF_ITS_OWN,
    "uq_person_login_name": login_name,
    "uq_person_person_number_index": _PROVEN,
    "uq_person_public_mobile": public_mobile,
    "pk_person_import": OF_ITS_OWN,
    "pk_person_post": deputy,
    "pk_post": SEEDED,
    "pk_post_role": SEEDED,
    "pk_pushed_request": OF_ITS_OWN,
    "pk_recovery_code": recovery_codes,
    "pk_refresh_token": OF_ITS_OWN,
    "pk_representation": OF_ITS_OWN,
    "uq_representation_person_id_holder_index_since": representation,
    "pk_revoked_token": revoked_token,
    "pk_section": OF_ITS_OWN,
    "uq_section_open_name": section,
    "pk_sign_in_attempt": OF_ITS_OWN,
    "pk_sign_in_throttle": throttle,
    "pk_sign_out": OF_ITS_OWN,
    "pk_signing_key": OF_ITS_OWN,
    "pk_sms_challenge": OF_ITS_OWN,
    "pk_sso_session": OF_ITS_OWN,
    "uq_sso_session_cookie_hash": OF_ITS_OWN,
    "pk_totp": totp,
    "pk_upstream_attempt": OF_ITS_OWN,
    "pk_upstream_identity": upstream_identity,
}
