"""What must not be readable: secrets and codes in logs and addresses, personal data at rest."""

import asyncpg
import httpx

from tests.support.identity.parties import Attempt, Identity, answer_of
from tests.support.platform import TestPlatform


def test_no_secret_reaches_a_log(identity: Identity, platform: TestPlatform) -> None:
    page, party, attempt = identity.browser(), identity.district("oa"), Attempt()
    continuation = answer_of(page.get(party.authorize_path(attempt)))["continue"]
    identity.sign_in(page, "street_maluan01", continuation)
    code = identity.code(page, party, attempt)
    tokens = party.redeem(code, attempt).json()
    party.redeem(code, attempt)
    machine = identity.platform("workflow")
    assertion = machine.assertion()
    machine.token({"grant_type": "authorization_code", "client_assertion": assertion})
    httpx.get(f"{identity.url}/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    written = "".join(running.log_file.read_text() for running in platform.running)
    assert "process.started" in written
    secrets = [
        identity.sign_ins["staff"]["street_maluan01"],
        identity.client_secrets["oa"],
        code,
        attempt.verifier,
        attempt.state,
        assertion,
        *(tokens[name] for name in ("access_token", "id_token")),
        *page.cookies.values(),
    ]
    for secret in secrets:
        assert secret not in written


def test_addresses_carry_no_token(identity: Identity) -> None:
    page, party, attempt = identity.signed_in("street_biling01"), identity.district("oa"), Attempt()
    location = page.get(party.authorize_path(attempt)).headers["location"]
    assert "eyJ" not in location
    assert "token" not in location


async def test_personal_data_is_encrypted_at_rest(identity: Identity, platform: TestPlatform) -> None:
    page = identity.signed_in("+8613800000001")
    identity.tokens(page, identity.platform("e-license"))
    database = await asyncpg.connect(platform.database_admin_url("identity"))
    try:
        tables = await database.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        rows = [str(row) for table in tables for row in await database.fetch(f'SELECT t::text FROM "{table[0]}" t')]
        raw = [
            bytes(value)
            for column in ("name_encrypted", "mobile_encrypted", "mobile_index", "person_number_encrypted")
            for (value,) in await database.fetch(f"SELECT {column} FROM person WHERE {column} IS NOT NULL")
        ]
    finally:
        await database.close()
    stored = "\n".join(rows)
    assert "water01" in stored, "what is not personal is readable"
    for personal in ("王小满", "8613800000001", "440310199003070015", "91440310TEXT10001K", "周明远", "127.0.0.1"):
        assert personal not in stored
        assert not any(personal.encode() in value for value in raw)
    for password in (*identity.sign_ins["staff"].values(), *identity.client_secrets.values()):
        assert password not in stored
