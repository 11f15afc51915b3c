"""The database chooses living sessions by the domain's rule."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from itertools import product

import pytest
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sessions.session import ABSOLUTE_LIFE, EndReason, Session
from pingshan_identity.domain.sessions.session_filter import SessionFilter
from pingshan_identity.settings import Settings
from pingshan_identity.store.people import public_persons
from pingshan_identity.store.sessions import live_sessions, sessions
from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database

from tests.support.platform import BoundService

MICROSECOND = timedelta(microseconds=1)
AGES = (timedelta(0), timedelta(hours=5), *(ABSOLUTE_LIFE + step for step in (-MICROSECOND, timedelta(0), MICROSECOND)))


@pytest.fixture(scope="module")
def settings(platform_settings: Callable[..., BoundService]) -> Settings:
    return platform_settings("identity").settings(Settings)


@pytest.fixture(scope="module")
async def database(settings: Settings) -> AsyncIterator[Database]:
    database = Database.from_settings(settings)
    yield database
    await database.close()


def session(number: int, person_id: str, started_at: datetime) -> Session:
    return Session(
        session_id=f"session-{number}",
        realm=Realm.PUBLIC,
        person_id=person_id,
        acr=1,
        amr=("sms",),
        auth_time=started_at,
        started_at=started_at,
        seen_at=started_at,
        device="",
        network="",
        version=1,
        ended_at=None,
    )


async def test_living_sessions_are_those_of_the_rule(settings: Settings, database: Database) -> None:
    personal, now, everybody = PersonalData.from_settings(settings), clock.now(), SessionFilter()
    async with database.begin() as tx:
        person_id = await public_persons.add(tx, personal, mobile=None, language="en", real_name_level=0)
        assert person_id is not None
        for number, (age, ended) in enumerate(product(AGES, (False, True))):
            made = session(number, person_id, now - age)
            await sessions.add(tx, personal, made, cookie_hash=made.session_id.encode())
            if ended:
                await sessions.end(tx, made.session_id, EndReason.SIGNED_OUT, now)
        known = [await sessions.get(tx, personal, f"session-{number}") for number in range(2 * len(AGES))]
        living = {each.session_id for each in known if each is not None and each.is_alive(now)}
        over = {each.session_id for each in known if each is not None and each.ended_at is None} - living
        of_person = await sessions.live_of(tx, personal, person_id, now)
        page = await live_sessions.page(tx, personal, wanted=everybody, now=now, after="", limit=100)
        begun = await live_sessions.begun_before(tx, wanted=everybody, moment=now, now=now, limit=100)
        past = await sessions.past_their_end(tx, now, 100)
    assert len(living) == 3
    assert {each.session_id for each in of_person} == living
    assert {each.session.session_id for each in page} == living
    assert {session_id for session_id, _ in begun} == living
    assert {session_id for session_id, _ in past} == over
