"""Find who is behind a session cookie."""

from datetime import timedelta

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor, ActorKind
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.oauth.claims import Subject
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sessions.session import Session
from pingshan_identity.store.people import persons
from pingshan_identity.store.sessions import sessions

_AUDIENCE = "identity"
_NOTED_EVERY = timedelta(minutes=1)


async def resume_session(database: Database, personal: PersonalData, *, realm: Realm, cookie: str) -> Actor | None:
    """The signed-in person as an actor at identity; None where the cookie opens nothing any more."""
    async with database.read() as tx:
        session = await sessions.usable(tx, personal, realm, cookie, clock.now())
        subject = await _subject(tx, personal, session)
    if session is None or subject is None:
        return None
    if clock.now() - session.seen_at > _NOTED_EVERY:
        async with database.begin() as tx:
            await sessions.note_seen(tx, session.session_id, clock.now())
    return _actor(session, subject)


async def _subject(tx: AsyncConnection, personal: PersonalData, session: Session | None) -> Subject | None:
    if session is None:
        return None
    return await persons.subject(tx, personal, session.person_id, _AUDIENCE, clock.today())


def _actor(session: Session, subject: Subject) -> Actor:
    person = subject.person
    return Actor(
        kind=ActorKind.PERSON,
        person_id=person.person_id,
        name=person.name,
        realm=person.realm.value,
        organisation=person.organisation,
        posts=person.posts,
        roles=frozenset(subject.roles),
        acr=session.acr,
        session_id=session.session_id,
        act_for=subject.act_for,
    )
