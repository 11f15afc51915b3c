"""Starts and ends sessions, for several use cases, in the caller's transaction."""

import secrets
from dataclasses import dataclass, field
from uuid import UUID

from pingshan_events.identity import SessionEnded
from pingshan_kit import audit_log, clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.events import outbox
from pingshan_kit.ids import uuid7
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import SignInAttemptExpired
from pingshan_identity.domain.sessions import cookie_value
from pingshan_identity.domain.sessions.session import EndReason, Session, require_own, require_to_raise
from pingshan_identity.domain.sign_in import known_browser
from pingshan_identity.domain.sign_in.sign_in_attempt import SignInAttempt
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.store.factors import passwords
from pingshan_identity.store.people.persons import lock_ways_in
from pingshan_identity.store.sessions import sessions
from pingshan_identity.store.sign_in import sign_in_attempts
from pingshan_identity.usecases.acting import acting
from pingshan_identity.usecases.sign_out.shared import request_sign_out


@dataclass(frozen=True, slots=True)
class SignedIn:
    session_id: str
    cookie: str = field(repr=False)
    continuation: str
    known_browser: str = field(repr=False)
    """Cookie that says who has signed in in this browser."""


async def own_session(tx: AsyncConnection, personal: PersonalData, actor: Actor) -> Session:
    """Returns the live session of the actor. Raises SessionNotFound where nobody is signed in."""
    session = await sessions.get(tx, personal, actor.session_id) if actor.session_id else None
    return require_own(session, actor, clock.now())


async def recent_session(tx: AsyncConnection, personal: PersonalData, actor: Actor) -> Session:
    """Returns the session of the actor, for a change of the ways into an account, which is locked until the commit.

    Raises SessionNotFound where nobody is signed in, SignInTooOld where the sign-in is more than five minutes old.
    """
    if actor.person_id is not None:
        await lock_ways_in(tx, actor.person_id)
    session = await own_session(tx, personal, actor)
    session.require_recent(clock.now())
    return session


async def start_session(
    tx: AsyncConnection, personal: PersonalData, attempt: SignInAttempt, visitor: Visitor
) -> SignedIn:
    """Returns the session that the attempt becomes, and records the sign-in.

    A live session of the same person in this browser goes on with a new cookie; another person's ends.

    Raises:
        SignInAttemptExpired: it is a step-up, and its session has ended or is not in this browser any more.
    """
    person_id = attempt.require_person()
    cookie = cookie_value.new_value()
    session_id = await _renew_previous(tx, personal, person_id, attempt, visitor, cookie)
    if session_id is None:
        session_id = await _add(tx, personal, person_id, attempt, visitor, cookie)
    await audit_log.append(
        tx,
        actor=acting(person_id, session_id),
        act=Act.SIGN_IN_ACCEPTED if attempt.session_id is None else Act.SIGN_IN_RAISED,
        subject=f"person:{person_id}",
        details={
            "realm": attempt.realm.value,
            "device": visitor.device,
            "session_id": session_id,
            "methods": list(attempt.amr),
            "level": attempt.acr,
        },
    )
    known = known_browser.renewed(visitor.known_browser, person_id, clock.now(), personal.index)
    return SignedIn(session_id, cookie, attempt.continuation, known)


async def _add(
    tx: AsyncConnection, personal: PersonalData, person_id: str, attempt: SignInAttempt, visitor: Visitor, cookie: str
) -> str:
    now = clock.now()
    session = Session(
        session_id=secrets.token_urlsafe(16),
        realm=attempt.realm,
        person_id=person_id,
        acr=attempt.acr,
        amr=attempt.amr,
        auth_time=now,
        started_at=now,
        seen_at=now,
        device=visitor.device,
        network=visitor.address,
        version=1,
        ended_at=None,
        credential_id=attempt.credential_id,
    )
    await sessions.add(tx, personal, session, cookie_value.hash_of(cookie))
    return session.session_id


async def _renew_previous(
    tx: AsyncConnection, personal: PersonalData, person_id: str, attempt: SignInAttempt, visitor: Visitor, cookie: str
) -> str | None:
    now, previous = clock.now(), None
    if visitor.previous_cookie is not None:
        previous = await sessions.by_cookie(tx, personal, cookie_value.hash_of(visitor.previous_cookie))
    if attempt.session_id is not None:
        require_to_raise(previous, attempt.session_id, person_id, now)
    if previous is None or not previous.is_alive(now):
        return None
    if previous.person_id != person_id:
        await close_session(
            tx,
            acting(previous.person_id, previous.session_id),
            session_id=previous.session_id,
            person_id=previous.person_id,
            reason=EndReason.SIGNED_OUT,
        )
        return None
    if await sessions.renew(tx, previous.raised_by(attempt, now), cookie_value.hash_of(cookie)):
        return previous.session_id
    if attempt.session_id is not None:
        raise SignInAttemptExpired
    return None


async def close_session(
    tx: AsyncConnection, actor: Actor, *, session_id: str, person_id: str, reason: EndReason
) -> UUID | None:
    """Ends the session and tells the systems opened with it. Returns the sign-out's id, None if it had ended before."""
    if not await _end(tx, actor, session_id=session_id, person_id=person_id, reason=reason):
        return None
    return await request_sign_out(tx, actor, person_id=person_id, session_id=session_id, reason=reason.value)


async def close_access(
    tx: AsyncConnection, actor: Actor, personal: PersonalData, *, person_id: str, reason: EndReason
) -> UUID:
    """Ends every session of a person and every sign-in under way, and tells every system. Returns the sign-out's id.

    It locks in the order in which everybody does who changes or uses the ways into an account, so that no two wait for
    each other: the person (`lock_ways_in`), sign-ins under way, the password, sessions.
    """
    await sign_in_attempts.end_of(tx, person_id, clock.now())
    await passwords.changed_at(tx, person_id)
    for session in await sessions.live_of(tx, personal, person_id, clock.now()):
        await _end(tx, actor, session_id=session.session_id, person_id=person_id, reason=reason)
    return await request_sign_out(tx, actor, person_id=person_id, session_id=None, reason=reason.value)


async def _end(tx: AsyncConnection, actor: Actor, *, session_id: str, person_id: str, reason: EndReason) -> bool:
    now = clock.now()
    version = await sessions.end(tx, session_id, reason, now)
    if version is None:
        return False
    await outbox.publish(
        tx,
        SessionEnded(
            event_id=uuid7(),
            aggregate_id=session_id,
            aggregate_version=version,
            correlation_id=session_id,
            occurred_at=now,
            session_id=session_id,
            reason=reason.value,
        ),
    )
    await audit_log.append(
        tx,
        actor=actor,
        act=Act.SESSION_ENDED,
        subject=f"person:{person_id}",
        details={"session_id": session_id, "reason": reason.value},
    )
    return True
