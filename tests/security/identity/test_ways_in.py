"""Of two who change the ways into one account at once, the second sees what the first has left."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg
import httpx
import pytest

from tests.support.identity.authenticator import Authenticator
from tests.support.identity.parties import Browser, Identity, csrf_of
from tests.support.identity.passkeys import PAGE, add, ids, options, with_passkey

SECURITY = "/account/security"
MINE = "person_id = (SELECT person_id FROM person WHERE login_name = $1)"


@asynccontextmanager
async def administrators(identity: Identity, login: str) -> AsyncIterator[asyncpg.Connection]:
    """Their reset under way: it has locked the person, and ends the sessions before it commits."""
    database = await asyncpg.connect(identity.database_url)
    try:
        async with database.transaction():
            await database.execute("UPDATE person SET version = version + 1 WHERE login_name = $1", login)
            yield database
    finally:
        await database.close()


def adding(identity: Identity, page: Browser) -> Callable[[], httpx.Response]:
    shown = page.get(PAGE)
    asked = options(page, f"{PAGE}/options", shown)
    answer = Authenticator(identity.url).create(asked["publicKey"])
    return lambda: add(page, shown, asked["attempt"], answer)


def removing(_: Identity, page: Browser) -> Callable[[], httpx.Response]:
    shown = page.get(PAGE)
    form = {"csrf_token": csrf_of(shown), "passkey": ids(shown)[0]}
    return lambda: page.post(f"{PAGE}/remove", form)


def removing_totp(_: Identity, page: Browser) -> Callable[[], httpx.Response]:
    form = {"csrf_token": csrf_of(page.get(SECURITY))}
    return lambda: page.post(f"{SECURITY}/totp/remove", form)


def renewing(_: Identity, page: Browser) -> Callable[[], httpx.Response]:
    form = {"csrf_token": csrf_of(page.get(SECURITY))}
    return lambda: page.post(f"{SECURITY}/recovery-codes", form)


def unlinking(_: Identity, page: Browser) -> Callable[[], httpx.Response]:
    form = {"csrf_token": csrf_of(page.get("/account/upstreams")), "provider": "wecom"}
    return lambda: page.post("/account/upstreams/unlink", form)


ACTS = {
    "water01": adding,
    "fire01": removing,
    "health01": removing_totp,
    "hr01": renewing,
    "civil01": unlinking,
}


@pytest.mark.parametrize("login", ACTS)
async def test_no_way_into_an_account_changes_while_it_is_reset(identity: Identity, login: str) -> None:
    page = with_passkey(identity, Authenticator(identity.url), login)
    act = ACTS[login](identity, page)
    query = f"SELECT count(*) FROM passkey WHERE {MINE}"
    async with administrators(identity, login) as database:
        before = await database.fetchval(query, login)
        sent = asyncio.create_task(asyncio.to_thread(act))
        done, _ = await asyncio.wait([sent], timeout=1)
        await database.execute(f"UPDATE sso_session SET ended_at = now(), end_reason = 'security' WHERE {MINE}", login)
    answer = await sent
    assert not done, "it waits until the reset is over"
    assert (answer.status_code, "IDENTITY_SESSION_NOT_FOUND" in answer.text) == (404, True), answer.text
    assert identity.execute(query, login)[0][0] == before


async def test_who_removes_both_factors_at_once_keeps_one(identity: Identity) -> None:
    page = with_passkey(identity, Authenticator(identity.url), "transport01")
    one, other = removing(identity, page), removing_totp(identity, page)
    async with administrators(identity, "transport01"):
        sent = [asyncio.create_task(asyncio.to_thread(act)) for act in (one, other)]
        done, _ = await asyncio.wait(sent, timeout=1)
    answers = [(await each).status_code for each in sent]
    assert not done
    assert sorted(answers) == [303, 409]
