"""Whoever changes or uses the ways into an account locks in one order: person, sign-ins, password, sessions."""

from concurrent.futures import ThreadPoolExecutor

import asyncpg
import pytest

from tests.support.identity.parties import Browser, Identity, submit
from tests.support.servers import until

ROWS = {
    "sign_in_attempt": "SELECT 1 FROM sign_in_attempt WHERE person_id = $1 AND used_at IS NULL FOR UPDATE",
    "password": "SELECT 1 FROM password WHERE person_id = $1 FOR UPDATE",
    "sso_session": "SELECT 1 FROM sso_session WHERE person_id = $1 AND ended_at IS NULL FOR UPDATE",
}


@pytest.fixture(scope="module")
def system(identity: Identity) -> Browser:
    return identity.signed_in("admin01")


@pytest.fixture(scope="module")
def security(identity: Identity) -> Browser:
    return identity.signed_in("secadmin01")


@pytest.mark.parametrize(("first", "second"), [("sign_in_attempt", "password"), ("password", "sso_session")])
async def test_a_reset_holds_nothing_that_a_sign_in_still_takes(
    identity: Identity, system: Browser, security: Browser, first: str, second: str
) -> None:
    """A sign-in holds the first and then takes the second; the reset, which waits for the first, must not have it."""
    login = {"password": "three_defences01", "sso_session": "comprehensive01"}[second]
    identity.signed_in(login)
    identity.give_password(identity.browser(), login)
    [person] = identity.execute("SELECT person_id FROM person WHERE login_name = $1", login)
    form = {"kind": "reset-password", "person_id": str(person["person_id"]), "reason": "忘记了"}
    at = f"/admin/people/{person['person_id']}"
    change = submit(security, "/admin/changes/propose", form, at=at).headers["location"]
    sign_in = await asyncpg.connect(identity.database_url)
    held = sign_in.transaction()
    await held.start()
    assert await sign_in.fetch(ROWS[first], person["person_id"])
    with ThreadPoolExecutor(1) as pool:
        reset = pool.submit(submit, system, f"{change}/decide", {"decision": "approved"}, at=change)
        waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        until(lambda: identity.execute(waits))
        taken = await sign_in.fetch(f"{ROWS[second]} NOWAIT", person["person_id"])
        await held.rollback()
        assert reset.result().status_code == 303
    assert taken
    await sign_in.close()
