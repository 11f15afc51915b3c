"""The code flow's statements serve many at once: each is answered as alone, and each code counts once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from itertools import cycle, product
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID

import pytest
from pingshan_identity.domain.oauth.authorization import CODE_LIFE
from pingshan_identity.domain.oauth.authorization_code import AuthorizationCode
from pingshan_identity.domain.oauth.grant import GrantEndReason
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sessions.cookie_value import hash_of
from pingshan_identity.domain.sessions.session import ABSOLUTE_LIFE, NOTED_EVERY, EndReason, Session
from pingshan_identity.entrypoints.keys.signing_keys import first_keys
from pingshan_identity.settings import Settings
from pingshan_identity.store.clients import clients
from pingshan_identity.store.oauth import grants, refresh_tokens
from pingshan_identity.store.oauth.code_flow import CodeFlow, NewCode, UsedCode
from pingshan_identity.store.sessions import sessions
from pingshan_identity.store.tables import access_grant, authorization_code, person, refresh_token
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.authorization_outcomes import BackToClient
from pingshan_identity.usecases.oauth.authorize import Authorize, authorize
from pingshan_identity.usecases.oauth.issue_client_token import IssueClientToken, issue_client_token
from pingshan_identity.usecases.oauth.redeem_code import RedeemCode, redeem_code
from pingshan_identity.usecases.oauth.refresh_grant import RefreshGrant, refresh_grant
from pingshan_kit import clock
from pingshan_kit.audit_log import Record
from pingshan_kit.ids import uuid7
from pingshan_kit.storage.tables import record, record_pending
from pingshan_values.actor import ANONYMOUS, Actor, ActorKind
from sqlalchemy import func, select, update

from tests.support.identity.dependencies import dependencies
from tests.support.identity.own_clients import CALLBACK, add_client
from tests.support.identity.parties import Attempt
from tests.support.load.measuring import writes
from tests.support.platform import BoundService, TestPlatform

ADDRESS = "https://rp.example/callback"
SESSIONS = ("alive", "ended", "too old", "idle")
CLIENTS = ("oa", "water-monitor")
Who = tuple[str, Realm]


@pytest.fixture
async def deps(bound_identity: BoundService) -> AsyncIterator[Dependencies]:
    async with dependencies(bound_identity.settings(Settings)) as deps:
        yield deps


class Ordinary(CodeFlow):
    """Goes the ordinary way always."""

    def __init__(self, deps: Dependencies) -> None:
        super().__init__(deps.database, deps.personal)
        self._visit, self._code, self._refresh = self._visit_alone, self._code_alone, self._refresh_alone  # type: ignore[assignment]


async def people(deps: Dependencies) -> list[Who]:
    """Staff with posts, people who act for companies, and one who has left."""
    async with deps.database.begin() as tx:
        rows = await tx.execute(select(person.c.person_id, person.c.realm).order_by(person.c.realm, person.c.person_id))
        found = [(str(row.person_id), Realm(row.realm)) for row in rows]
        chosen = [[each for each in found if each[1] is realm][:4] for realm in Realm]
        gone = UUID(chosen[0][-1][0])
        await tx.execute(update(person).where(person.c.person_id == gone).values(left_at=clock.now()))
    return [each for realm in chosen for each in realm]


async def session(deps: Dependencies, who: Who, state: str) -> Session:
    ages = {"too old": ABSOLUTE_LIFE, "idle": timedelta(hours=5)}
    began, session_id = clock.now() - ages.get(state, timedelta(0)), str(uuid7())
    made = Session(session_id, who[1], who[0], 2, ("pwd", "otp"), began, began, began, "", "127.0.0.1", 1, None)
    async with deps.database.begin() as tx:
        await sessions.add(tx, deps.personal, made, hash_of(session_id))
        if state == "ended":
            await sessions.end(tx, session_id, EndReason.SIGNED_OUT, clock.now())
    return made


def new_code(own: Session, client_id: str, **changed: Any) -> NewCode:
    grant_id, now = uuid7(), clock.now()
    actor = Actor(kind=ActorKind.PERSON, person_id=own.person_id)
    made = NewCode(
        grant_id=grant_id,
        session=own,
        client_id=client_id,
        scope="openid offline_access",
        claims=None,
        code_hash=sha256(grant_id.bytes).digest(),
        redirect_uri=ADDRESS,
        code_challenge="challenge",
        dpop_jkt=None,
        nonce="nonce",
        now=now,
        expires_at=now + CODE_LIFE,
        record=Record(actor, "grant.issued", actor.id, {"grant_id": str(grant_id)}, "trace"),
    )
    return replace(made, **changed)


def used(new: NewCode, **changed: Any) -> UsedCode:
    asked = UsedCode(new.code_hash, new.client_id, new.redirect_uri, new.code_challenge, new.dpop_jkt, clock.now())
    return replace(asked, **changed)


async def test_reads_together_as_alone(deps: Dependencies) -> None:
    today, codes = clock.today(), []
    for who, (state, client_id) in zip(cycle(await people(deps)), list(product(SESSIONS, CLIENTS)) * 4, strict=False):
        codes.append(new_code(await session(deps, who, state), client_id, claims={"userinfo": ["posts"]}))
    await asyncio.gather(*map(deps.code_flow.issue, codes))
    ended = codes[::5]
    async with deps.database.begin() as tx:
        for number, each in enumerate(codes):
            hashed, expires = each.code_hash, each.now + timedelta(hours=number % 3 - 1)
            await refresh_tokens.add(
                tx,
                token_hash=hashed,
                grant_id=each.grant_id,
                client_id=each.client_id,
                now=each.now,
                expires_at=expires,
            )
            if each in ended:
                await grants.end(tx, each.grant_id, GrantEndReason.REVOKED, clock.now())
                await refresh_tokens.use(tx, hashed, clock.now())
    asked = [(each.code_hash, client_id) for each, client_id in product(codes, (*CLIENTS, "nobody"))]

    def questions(flow: CodeFlow) -> list[Any]:
        return [
            *(
                flow.visit(hash_of(each.session.session_id), client_id, today)
                for each, client_id in product(codes, CLIENTS)
            ),
            flow.visit(b"nobody's", "oa", today),
            *(flow.behind_code(*each, today) for each in asked),
            *(flow.behind_refresh_token(*each, today) for each in asked),
        ]

    together = await asyncio.gather(*questions(deps.code_flow))
    alone = [await each for each in questions(Ordinary(deps))]
    assert together == alone
    visits = together[: len(codes) * 2]
    assert {each.subject is None for each in visits} == {True, False}
    assert {bool(each.subject.act_for) for each in visits if each.subject} == {True, False}
    assert {each.real_name_level for each in visits} >= {0, 2}
    behind = [each for each in together[len(visits) + 1 :] if each is not None]
    assert len(behind) == 2 * len(codes), "another client's is nobody's"


async def test_what_is_issued_is_as_it_was_given(deps: Dependencies) -> None:
    who = (await people(deps))[:3]
    old = [replace(await session(deps, each, "alive"), seen_at=clock.now() - NOTED_EVERY * 2) for each in who]
    claims = {"userinfo": ["posts"], "id_token": []}
    changes: list[dict[str, Any]] = [{}, {"claims": claims}, {"code_challenge": None, "nonce": None}, {"dpop_jkt": "k"}]
    codes = [new_code(own, client_id, **changed) for own, client_id, changed in product(old, CLIENTS, changes)]
    await asyncio.gather(*map(deps.code_flow.issue, codes))
    for each in codes:
        async with deps.database.read() as tx:
            found, grant = await grants.code(tx, each.code_hash, each.client_id), await grants.get(tx, each.grant_id)
            again = await sessions.get(tx, deps.personal, each.session.session_id)
            mine = record.c.details["grant_id"].astext == str(each.grant_id)
            noted = select(record.c.actor, record.c.act, record.c.subject, record.c.details, record.c.trace_id)
            [row] = (await tx.execute(noted.select_from(record.join(record_pending)).where(mine))).all()
            created = (
                await tx.execute(select(access_grant.c.created_at).where(access_grant.c.grant_id == each.grant_id))
            ).scalar_one()
        code = AuthorizationCode(
            each.grant_id, each.redirect_uri, each.code_challenge, each.dpop_jkt, each.nonce, each.expires_at, None
        )
        assert found == code
        assert grant is not None
        assert (grant.session_id, grant.client_id) == (each.session.session_id, each.client_id)
        assert (grant.scope, grant.claims, grant.dpop_jkt, grant.ended_at) == (each.scope, each.claims, None, None)
        assert (grant.auth_time, grant.acr, tuple(grant.amr or ())) == (each.session.auth_time, 2, ("pwd", "otp"))
        assert created == each.now
        assert again is not None
        assert again.seen_at == max(other.now for other in codes if other.session is each.session)
        given = each.record
        assert tuple(row) == (given.actor.id, given.act, given.subject, given.details, given.trace_id)


async def test_the_row_decides_as_the_rule_does(deps: Dependencies) -> None:
    """What the statement uses up is what the domain calls redeemable, for whoever has the key."""
    own = await session(deps, (await people(deps))[0], "alive")
    kinds: list[dict[str, Any]] = [{}, {"code_challenge": None}, {"dpop_jkt": "key"}, {"expires_at": clock.now()}]
    asks: list[dict[str, Any]] = [
        {},
        {"redirect_uri": f"{ADDRESS}/"},
        {"code_challenge": None},
        {"code_challenge": "other"},
        {"jkt": None},
        {"jkt": "another"},
        {"jkt": "key"},
        {"client_id": "water-monitor"},
        {"code_hash": b"unknown"},
        {"now": clock.now() + CODE_LIFE * 2},
    ]
    pairs = [(new_code(own, "oa", **kind), ask) for kind, ask in product(kinds, asks)]
    await asyncio.gather(*(deps.code_flow.issue(new) for new, _ in pairs))
    asked = [(new, used(new, **ask)) for new, ask in pairs]

    async def expected(new: NewCode, use: UsedCode) -> bool:
        async with deps.database.read() as tx:
            code = await grants.code(tx, use.code_hash, use.client_id)
        if code is None or code.dpop_jkt not in {None, use.jkt}:
            return False
        return code.is_redeemable(use.redirect_uri, use.code_challenge, use.now)

    rules = [await expected(*each) for each in asked]
    answers = await asyncio.gather(*(deps.code_flow.use(use) for _, use in asked))
    assert answers == rules
    assert {True, False} == set(rules)
    assert not any(await asyncio.gather(*(deps.code_flow.use(use) for _, use in asked))), "each once"


async def test_of_all_who_redeem_a_code_one_gets_it(deps: Dependencies) -> None:
    """Also of two processes; and the grant has one refresh token and one key, the winner's."""
    own, replica = await session(deps, (await people(deps))[0], "alive"), CodeFlow(deps.database, deps.personal)
    codes = [new_code(own, "oa") for _ in range(10)]
    await asyncio.gather(*map(deps.code_flow.issue, codes))
    tries = [
        (
            flow,
            used(each, bound_to=f"key {n}", refresh_hash=b"%d " % n + each.code_hash, refresh_expires_at=own.ends_at),
        )
        for each in codes
        for n, flow in enumerate((deps.code_flow, replica) * 4)
    ]
    answers = await asyncio.gather(*(flow.use(use) for flow, use in tries))
    won = {use.code_hash: use for (_, use), answer in zip(tries, answers, strict=True) if answer}
    assert sum(answers) == len(won) == len(codes)
    for each in codes:
        async with deps.database.read() as tx:
            mine = refresh_token.c.grant_id == each.grant_id
            [row] = (await tx.execute(select(refresh_token.c.token_hash, refresh_token.c.expires_at).where(mine))).all()
            grant = await grants.existing(tx, each.grant_id)
        winner = won[each.code_hash]
        assert (row.token_hash, row.expires_at, grant.dpop_jkt) == (winner.refresh_hash, own.ends_at, winner.bound_to)


async def test_a_locked_code_stops_nobody_else(deps: Dependencies) -> None:
    own = await session(deps, (await people(deps))[0], "alive")
    codes = [new_code(own, "oa") for _ in range(5)]
    await asyncio.gather(*map(deps.code_flow.issue, codes))
    async with deps.database.begin() as holder:
        locked = authorization_code.c.code_hash == codes[0].code_hash
        await holder.execute(
            select(func.count()).select_from(select(authorization_code).where(locked).with_for_update().subquery())
        )
        first, *others = [asyncio.ensure_future(deps.code_flow.use(used(each))) for each in codes]
        assert await asyncio.gather(*others) == [True] * 4
        assert not first.done()
    assert await first


async def test_client_credentials_are_one_commit_and_a_code_flow_two(
    deps: Dependencies, bound_identity: BoundService, platform: TestPlatform
) -> None:
    grants_of = {"grant_types": ["authorization_code", "client_credentials", "refresh_token"]}
    await add_client(bound_identity, "flow", scopes=["openid", "offline_access"], **grants_of)
    await first_keys(deps)
    staff = next(each for each in await people(deps) if each[1] is Realm.STAFF)
    own = await session(deps, staff, "alive")
    async with deps.database.read() as tx:
        client = await clients.existing(tx, "flow")

    async def flow() -> None:
        attempt = Attempt()
        asked = {
            "response_type": "code",
            "client_id": "flow",
            "redirect_uri": CALLBACK,
            "scope": "openid offline_access",
        }
        asked |= {"code_challenge": attempt.challenge, "code_challenge_method": "S256"}
        outcome = await authorize(deps, Authorize(urlencode(asked), {Realm.STAFF: own.session_id}))
        assert isinstance(outcome, BackToClient)
        [code] = parse_qs(urlsplit(outcome.location).query)["code"]
        form = [("code", code), ("redirect_uri", CALLBACK), ("code_verifier", attempt.verifier)]
        answer = await redeem_code(deps, ANONYMOUS, RedeemCode(client, Parameters(form), None))
        assert {"id_token", "access_token", "refresh_token"} <= set(answer)
        again = [("refresh_token", answer["refresh_token"])]
        assert "access_token" in await refresh_grant(deps, ANONYMOUS, RefreshGrant(client, Parameters(again), None))

    async def machine() -> None:
        form = Parameters([("audience", "identity")])
        assert "access_token" in await issue_client_token(deps, IssueClientToken(client, form, None))

    for act, each in ((machine, 1), (flow, 2)):
        await act()
        before = await writes(platform.database_admin_url("identity"))
        for _ in range(20):
            await act()
        made = await writes(platform.database_admin_url("identity")) - before
        assert 20 * each <= made < 20 * each + 10, "PostgreSQL writes a little of its own"
