"""What stands behind a token is read for many at once: each is answered as by queries of its own."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import cycle, product
from typing import Any
from uuid import UUID

import pytest
from pingshan_identity.clients.tokens import ACCESS_TOKEN
from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.oauth.grant import GrantEndReason
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sessions.session import ABSOLUTE_LIFE, EndReason, Session
from pingshan_identity.entrypoints.keys.signing_keys import first_keys
from pingshan_identity.settings import Settings
from pingshan_identity.store.clients import clients
from pingshan_identity.store.keys import signing_keys
from pingshan_identity.store.oauth import grants
from pingshan_identity.store.oauth.token_reads import Behind, TokenReads, Told
from pingshan_identity.store.people import persons
from pingshan_identity.store.sessions import sessions
from pingshan_identity.store.tables import client, person
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.introspect_for_service import introspect_for_service
from pingshan_identity.usecases.oauth.introspect_token import introspect_token
from pingshan_identity.usecases.oauth.read_userinfo import read_userinfo
from pingshan_identity.usecases.oauth.revoke_token import RevokeToken, revoke_token
from pingshan_kit import clock
from pingshan_kit.ids import uuid7
from pingshan_values.actor import ANONYMOUS, Actor, ActorKind
from sqlalchemy import select, update

from tests.support.identity.dependencies import dependencies
from tests.support.platform import BoundService

SCOPE = "openid profile phone"
JKT = "thumbprint-of-a-key"
SERVICE = Actor(kind=ActorKind.SERVICE, service="e-license")
SESSIONS = ("alive", "ended", "too old", "unknown", "another")
GRANTS = ("alive", "ended", "unknown")
CLIENTS = ("oa", "water-monitor", "disabled")
VARIANTS: tuple[dict[str, Any], ...] = (
    {},
    {"aud": "identity"},
    {"aud": "e-license"},
    {"scope": "openid"},
    {"scope": "profile"},
    {"expired": True},
    {"cnf": {"jkt": JKT}},
)


class Ordinary(TokenReads):
    """Asks one query after the other, on the pool."""

    async def behind(self, grant_id: UUID, session_id: str) -> Behind:
        async with self._database.read() as tx:
            return Behind(await grants.get(tx, grant_id), await sessions.get(tx, self._personal, session_id))

    async def told(self, grant_id: UUID, session_id: str, client_id: str, today: date) -> Told:
        async with self._database.read() as tx:
            session = await sessions.get(tx, self._personal, session_id)
            person_id = session.person_id if session is not None else str(uuid7())
            return Told(
                await grants.get(tx, grant_id),
                session,
                await clients.get(tx, client_id),
                await persons.subject(tx, self._personal, person_id, client_id, today),
            )


@pytest.fixture
async def deps(bound_identity: BoundService) -> AsyncIterator[Dependencies]:
    async with dependencies(bound_identity.settings(Settings)) as deps:
        await first_keys(deps)
        async with deps.database.read() as tx:
            periods = await signing_keys.periods(tx, clock.now())
        deps.signer.adopt(periods, {}, looked_at=float("inf"))  # nobody withdraws one while the test runs
        yield deps


@pytest.fixture
def ordinary(deps: Dependencies) -> Dependencies:
    return replace(deps, token_reads=Ordinary(deps.database, deps.personal))


async def people(deps: Dependencies) -> list[tuple[str, Realm]]:
    """Staff with posts, people who act for companies, and one who has left."""
    async with deps.database.begin() as tx:
        rows = await tx.execute(select(person.c.person_id, person.c.realm).order_by(person.c.realm, person.c.person_id))
        found = [(str(row.person_id), Realm(row.realm)) for row in rows]
        public = [each for each in found if each[1] is Realm.PUBLIC][:4]
        staff = [each for each in found if each[1] is Realm.STAFF][:4]
        gone = UUID(staff[-1][0])
        await tx.execute(update(person).where(person.c.person_id == gone).values(left_at=clock.now()))
    return [*public, *staff]


async def session(deps: Dependencies, who: tuple[str, Realm], state: str) -> Session:
    began = clock.now() - (ABSOLUTE_LIFE if state == "too old" else timedelta(0))
    session_id = str(uuid7())
    made = Session(session_id, who[1], who[0], 1, ("pwd",), began, began, began, "", "127.0.0.1", 1, None)
    async with deps.database.begin() as tx:
        await sessions.add(tx, deps.personal, made, session_id.encode())
        if state == "ended":
            await sessions.end(tx, session_id, EndReason.SIGNED_OUT, clock.now())
    return made


async def token(deps: Dependencies, who: tuple[str, Realm], states: tuple[str, str, str], **variant: Any) -> str:
    """A token of ours, with a grant and a session in these states behind it."""
    of_session, of_grant, client_id = states
    own, grant_id, now = await session(deps, who, of_session), uuid7(), clock.now()
    async with deps.database.begin() as tx:
        await grants.add_grant(
            tx,
            grant_id=grant_id,
            session=own,
            client_id=client_id,
            scope=SCOPE,
            claims={"userinfo": ["roles", "posts"]},
            dpop_jkt=None,
            now=now,
        )
        if of_grant == "ended":
            await grants.end(tx, grant_id, GrantEndReason.REVOKED, now)
    named = {"another": (await session(deps, who, "alive")).session_id, "unknown": "nothing"}
    expires = now + timedelta(minutes=-1 if variant.pop("expired", False) else 5)
    claims = {
        "iss": deps.signer.issuer,
        "sub": who[0],
        "aud": client_id,
        "client_id": client_id,
        "scope": SCOPE,
        "jti": str(uuid7()),
        "grant": str(uuid7() if of_grant == "unknown" else grant_id),
        "sid": named.get(of_session, own.session_id),
        "exp": int(expires.timestamp()),
    }
    return deps.signer.sign(claims | variant, ACCESS_TOKEN)


async def tokens(deps: Dependencies) -> list[str]:
    async with deps.database.begin() as tx:
        disabled = select(client).where(client.c.client_id == "oa")
        row = dict((await tx.execute(disabled)).mappings().one())
        await tx.execute(client.insert().values(row | {"client_id": "disabled", "disabled_at": clock.now()}))
        known = select(client.c.client_id).where(client.c.client_id.in_(CLIENTS))
        assert set((await tx.execute(known)).scalars()) == set(CLIENTS)
        everything = {"scopes": SCOPE.split()}
        await tx.execute(update(client).where(client.c.client_id.in_(("oa", "disabled"))).values(everything))
    who, variant = cycle(await people(deps)), cycle(VARIANTS)
    cases = product(SESSIONS, GRANTS, CLIENTS)
    mixed = [await token(deps, next(who), states, **next(variant)) for states in cases]
    alive, client_id = product(await people(deps), VARIANTS), cycle(("oa", "water-monitor", "oa"))
    good = [await token(deps, each, ("alive", "alive", next(client_id)), **given) for each, given in alive]
    return [*mixed, *good, good[0][:-4], "nothing"]


async def told(deps: Dependencies, access_token: str, jkt: str | None) -> Any:
    try:
        read = await read_userinfo(deps, access_token=access_token, jkt=jkt)
    except OAuthError as error:
        return error.code, error.description
    return read.client_id, read.claims


async def known(deps: Dependencies, client_id: str) -> Client:
    async with deps.database.read() as tx:
        return await clients.existing(tx, client_id)


async def test_together_as_alone(deps: Dependencies, ordinary: Dependencies) -> None:
    asked = await tokens(deps)
    askers = [await known(deps, client_id) for client_id in ("oa", "e-license", "water-monitor")]

    def questions(given: Dependencies) -> list[Any]:
        return [
            *(introspect_token(given, client=asker, token=each) for each, asker in product(asked, askers)),
            *(introspect_for_service(given, SERVICE, token=each) for each in asked),
            *(told(given, each, jkt) for each, jkt in product(asked, (None, JKT))),
        ]

    together = await asyncio.gather(*questions(deps))
    alone = [await each for each in questions(ordinary)]
    assert together == alone
    introspections = together[: len(asked) * len(askers)]
    assert {each["active"] for each in introspections} == {True, False}
    assert {each["token_type"] for each in introspections if each["active"]} == {"Bearer", "DPoP"}
    claims = [each[1] for each in together[-2 * len(asked) :] if isinstance(each[1], dict)]
    assert {name for each in claims for name in each} >= {"roles", "posts", "act_for", "phone_number"}
    assert any(len(each.get("act_for", ())) > 1 for each in claims)
    reasons = {each for each in together[-2 * len(asked) :] if not isinstance(each[1], dict)}
    assert len(reasons) >= 5


async def test_a_revocation_counts_at_once(deps: Dependencies) -> None:
    [who, *_] = await people(deps)
    [revoked, other] = [await token(deps, who, ("alive", "alive", "oa")) for _ in "12"]
    owner = await known(deps, "oa")

    async def actives(each: str) -> set[bool]:
        answers = await asyncio.gather(*(introspect_token(deps, client=owner, token=each) for _ in range(50)))
        return {answer["active"] for answer in answers}

    assert await actives(revoked) == {True}
    busy = asyncio.create_task(actives(revoked))
    await revoke_token(deps, ANONYMOUS, RevokeToken(owner, revoked))
    assert await actives(revoked) == {False}
    assert (await told(deps, revoked, None))[0] == "invalid_token"
    assert await actives(other) == {True}
    assert (await told(deps, other, None))[0] == "oa"
    await busy
