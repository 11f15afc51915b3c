"""A password that was changed or reset while another one was hashed stays: the slower of two never writes over it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest
from pingshan_identity.clients.passwords import Passwords
from pingshan_identity.domain.dual_control.new_ways_in import NewWaysIn
from pingshan_identity.domain.errors import (
    SamePassword,
    SessionNotFound,
    SignInAttemptExpired,
    SignInRefused,
)
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.settings import Settings
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.factors.change_password import ChangePassword, change_password
from pingshan_identity.usecases.factors.set_new_password import SetNewPassword, set_new_password
from pingshan_identity.usecases.people.shared import renew_ways_in
from pingshan_identity.usecases.sign_in.sign_in_with_password import SignInWithPassword, sign_in_with_password
from pingshan_values.actor import ANONYMOUS, Actor, ActorKind
from sqlalchemy import text

from tests.support.identity.dependencies import dependencies
from tests.support.identity.parties import Browser, Identity, csrf_of
from tests.support.platform import BoundService

OWNERS, THIEFS = "三条小河绕过一座青山", "bamboo-lantern-4711"
VISITOR = Visitor("browser", "", "198.51.100.7", None)


class Slow(Passwords):
    """Lets something else happen while a new password is hashed."""

    def __init__(self, meanwhile: Callable[[], Awaitable[None]]) -> None:
        super().__init__(threads=1, queue=4)
        self._meanwhile = meanwhile

    async def hash(self, password: str) -> str:
        hashed = await super().hash(password)
        await self._meanwhile()
        return hashed


@pytest.fixture(scope="module")
async def deps(bound_identity: BoundService, identity: Identity) -> AsyncIterator[Dependencies]:
    async with dependencies(bound_identity.settings(Settings)) as made:
        passwords = Passwords(threads=1, queue=4)
        yield replace(made, passwords=passwords)
        await passwords.close()


async def signed_in(deps: Dependencies, identity: Identity, login: str) -> Actor:
    """A session of its own, as one browser holds it."""
    page = await asyncio.to_thread(identity.signed_in, login)
    assert page.cookies
    async with deps.database.read() as tx:
        query = (
            "SELECT session_id, person_id FROM sso_session JOIN person USING (person_id)"
            " WHERE login_name = :login ORDER BY sso_session.started_at DESC LIMIT 1"
        )
        row = (await tx.execute(text(query), {"login": login})).one()
    person = str(row.person_id)
    return Actor(ActorKind.PERSON, person_id=person, session_id=row.session_id)


async def opens(deps: Dependencies, login: str, password: str) -> bool:
    try:
        await sign_in_with_password(deps, ANONYMOUS, SignInWithPassword(Realm.STAFF, login, password, VISITOR, "/"))
    except SignInRefused:
        return False
    return True


async def test_the_owners_change_stays(deps: Dependencies, identity: Identity) -> None:
    """A thief with a session and the password keeps sending it anew, for the very moment of the owner's change."""
    old = identity.sign_ins["staff"]["housing01"]
    owner, thief = [await signed_in(deps, identity, "housing01") for _ in range(2)]

    async def owners() -> None:
        await change_password(deps, owner, ChangePassword(old, OWNERS, end_others=False))

    slow = replace(deps, passwords=Slow(owners))
    with pytest.raises(SignInRefused):
        await change_password(slow, thief, ChangePassword(old, THIEFS, end_others=True))
    identity.sign_ins["staff"]["housing01"] = OWNERS
    assert [await opens(deps, "housing01", each) for each in (OWNERS, old, THIEFS)] == [True, False, False]
    await slow.passwords.close()


async def test_who_was_signed_out_meanwhile_changes_nothing(deps: Dependencies, identity: Identity) -> None:
    old = identity.sign_ins["staff"]["water01"]
    thief = await signed_in(deps, identity, "water01")

    async def ended() -> None:
        async with deps.database.begin() as tx:
            ending = "UPDATE sso_session SET ended_at = now(), end_reason = 'signed-out' WHERE session_id = :id"
            await tx.execute(text(ending), {"id": thief.session_id})

    slow = replace(deps, passwords=Slow(ended))
    with pytest.raises(SessionNotFound):
        await change_password(slow, thief, ChangePassword(old, THIEFS, end_others=False))
    assert await opens(deps, "water01", old)
    await slow.passwords.close()


async def test_the_administrators_reset_stays(deps: Dependencies, identity: Identity) -> None:
    old = identity.sign_ins["staff"]["fire01"]
    thief = await signed_in(deps, identity, "fire01")

    async def administrators() -> None:
        hashed = await deps.passwords.hash("given-by-somebody")
        new = NewWaysIn(password=True, code=False, factors=False)
        async with deps.database.begin() as tx:
            await renew_ways_in(tx, ANONYMOUS, deps.personal, thief.person_id or "", new, hashed)

    slow = replace(deps, passwords=Slow(administrators))
    with pytest.raises(SessionNotFound):
        await change_password(slow, thief, ChangePassword(old, THIEFS, end_others=False))
    [row] = identity.execute("SELECT must_change FROM password WHERE person_id = $1", thief.person_id)
    assert row["must_change"]
    assert [await opens(deps, "fire01", each) for each in ("given-by-somebody", old, THIEFS)] == [True, False, False]
    await slow.passwords.close()


async def test_a_first_password_is_replaced_once(deps: Dependencies, identity: Identity) -> None:
    """Two sign-ins with the password that was given: the slower one does not write over what its owner chose."""
    given = identity.sign_ins["staff"]["urban01"]
    identity.execute(
        "UPDATE password SET must_change = true FROM person WHERE person.person_id = password.person_id"
        " AND login_name = 'urban01'"
    )

    async def begun() -> str:
        command = SignInWithPassword(Realm.STAFF, "urban01", given, VISITOR, "/")
        attempt = await sign_in_with_password(deps, ANONYMOUS, command)
        assert isinstance(attempt, str)
        return attempt

    owner, thief = await begun(), await begun()
    identity.execute("UPDATE sign_in_attempt SET level = 1 WHERE used_at IS NULL")

    async def owners() -> None:
        await set_new_password(deps, SetNewPassword(owner, OWNERS, VISITOR))

    slow = replace(deps, passwords=Slow(owners))
    with pytest.raises(SignInAttemptExpired):
        await set_new_password(slow, SetNewPassword(thief, THIEFS, VISITOR))
    assert [await opens(deps, "urban01", each) for each in (OWNERS, given, THIEFS)] == [True, False, False]
    await slow.passwords.close()


async def test_a_given_password_cannot_be_chosen_as_ones_own(deps: Dependencies, identity: Identity) -> None:
    given = identity.sign_ins["staff"]["planning01"]
    identity.execute(
        "UPDATE password SET must_change = true FROM person WHERE person.person_id = password.person_id"
        " AND login_name = 'planning01'"
    )
    attempt = await sign_in_with_password(
        deps, ANONYMOUS, SignInWithPassword(Realm.STAFF, "planning01", given, VISITOR, "/")
    )
    assert isinstance(attempt, str)
    identity.execute("UPDATE sign_in_attempt SET level = 1 WHERE used_at IS NULL")
    with pytest.raises(SamePassword):
        await set_new_password(deps, SetNewPassword(attempt, given, VISITOR))


def test_the_page_says_that_the_new_one_is_the_old_one(identity: Identity) -> None:
    page: Browser = identity.signed_in("ecology01")
    same = identity.sign_ins["staff"]["ecology01"]
    form = {"csrf_token": csrf_of(page.get("/account/security")), "current": same, "new": same}
    refused = page.post("/account/security/password", data=form)
    assert refused.status_code == 422
    assert "新密码不能与现在的密码相同" in refused.text
