"""Resumes the session behind a cookie."""

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_values.actor import Actor, ActorKind
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.oauth.claims import Subject
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sessions.session import Session
from pingshan_identity.store.people import persons
from pingshan_identity.store.sessions import sessions
from pingshan_identity.usecases.dependencies import Dependencies

_AUDIENCE = "identity"


async def resume_session(deps: Dependencies, *, realm: Realm, cookie: str) -> Actor | None:
    """Returns who is signed in, as an actor at identity; None where the cookie opens nothing. Notes the visit."""
    async with deps.database.read() as tx:
        session = await sessions.usable(tx, deps.personal, realm, cookie, clock.now())
        subject = await _subject(tx, deps.personal, session)
    if session is None or subject is None:
        return None
    if session.is_visit_to_note(clock.now()):
        async with deps.database.begin() as tx:
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
