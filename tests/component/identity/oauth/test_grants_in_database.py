"""The database chooses those grants that the domain's rule calls alive."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from pingshan_identity.domain.oauth.grant import GrantEndReason
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sessions.session import ABSOLUTE_LIFE, IDLE_LIFE, EndReason, Session
from pingshan_identity.settings import Settings
from pingshan_identity.store.oauth import grants
from pingshan_identity.store.sessions import sessions
from pingshan_identity.store.tables import person
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_kit import clock
from pingshan_kit.ids import uuid7
from sqlalchemy import select

from tests.support.identity.dependencies import dependencies
from tests.support.platform import BoundService

CLIENT = "oa"


@pytest.fixture
async def deps(bound_identity: BoundService) -> AsyncIterator[Dependencies]:
    async with dependencies(bound_identity.settings(Settings)) as deps:
        yield deps


@pytest.mark.parametrize(
    ("begun", "session_ends", "grant_ends", "alive"),
    [
        (timedelta(0), False, False, True),
        (timedelta(0), True, False, False),
        (timedelta(0), False, True, False),
        (timedelta(0), True, True, False),
        (IDLE_LIFE, False, False, True),
        (ABSOLUTE_LIFE - timedelta(minutes=1), False, False, True),
        (ABSOLUTE_LIFE, False, False, False),
    ],
)
async def test_which_grants_are_alive(
    deps: Dependencies, begun: timedelta, session_ends: bool, grant_ends: bool, alive: bool
) -> None:
    now, grant_id = clock.now(), uuid7()
    async with deps.database.begin() as tx:
        person_id = str((await tx.execute(select(person.c.person_id).limit(1))).scalar_one())
        began = now - begun
        session = Session(
            session_id=str(uuid7()),
            realm=Realm.STAFF,
            person_id=person_id,
            acr=1,
            amr=("pwd",),
            auth_time=began,
            started_at=began,
            seen_at=began,
            device="",
            network="127.0.0.1",
            version=1,
            ended_at=None,
        )
        await sessions.add(tx, deps.personal, session, grant_id.bytes * 2)
        await grants.add_grant(
            tx,
            grant_id=grant_id,
            session=session,
            client_id=CLIENT,
            scope="openid",
            claims=None,
            dpop_jkt=None,
            now=began,
        )
        if session_ends:
            await sessions.end(tx, session.session_id, EndReason.SIGNED_OUT, now)
        if grant_ends:
            await grants.end(tx, grant_id, GrantEndReason.REVOKED, now)
    async with deps.database.read() as tx:
        grant = await grants.get(tx, grant_id)
        behind = await sessions.get(tx, deps.personal, session.session_id)
        of_client = await grants.live_of_client(tx, CLIENT)
        of_both = await grants.live_of_client(tx, CLIENT, person_id=person_id)
        of_person = await grants.live_of_person(tx, person_id)
    assert grant is not None
    assert grant.is_alive(behind, clock.now()) is alive
    assert [grant in found for found in (of_client, of_both, of_person)] == [alive] * 3
