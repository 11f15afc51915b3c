"""Sign a person in with a password."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pingshan_kit import clock, records
from pingshan_kit.crypto import PersonalData
from pingshan_kit.database import Database
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.clients.passwords import Passwords
from pingshan_identity.domain.errors import SignInRefused, SignInThrottled
from pingshan_identity.domain.login import MAX_PASSWORD_LENGTH, normalise
from pingshan_identity.domain.network import network_of
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.session import EndReason, Session
from pingshan_identity.domain.sign_in_record import Act
from pingshan_identity.store import persons, sessions, throttles
from pingshan_identity.store.persons import Credential
from pingshan_identity.usecases import session_cookie
from pingshan_identity.usecases.acting import acting
from pingshan_identity.usecases.session_closing import close_session

_PASSWORD_LEVEL = 1
_PASSWORD_METHODS = ("pwd",)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the browser sent. `address`: where it came from; `previous_cookie`: of the session that it holds now."""

    realm: Realm
    login: str = field(repr=False)
    password: str = field(repr=False)
    device: str
    address: str = field(repr=False)
    previous_cookie: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedIn:
    session_id: str
    cookie: str = field(repr=False)


async def sign_in(
    actor: Actor, database: Database, personal: PersonalData, passwords: Passwords, *, attempt: Attempt
) -> SignedIn:
    """Check the password and start a session, always with a new cookie.

    Raises:
        SignInRefused: the name or the password is wrong.
        SignInThrottled: too many attempts for this account from this network.
        SignInBusy: too many people are signing in at this moment.

    """
    with passwords.admission():
        login = normalise(attempt.realm, attempt.login)
        key = personal.index(f"throttle {attempt.realm} {login} {network_of(attempt.address)}")
        credential = await _admit(actor, database, personal, attempt, login, key)
        stored = credential.password_hash if credential else None
        right = await passwords.verify(stored, attempt.password[:MAX_PASSWORD_LENGTH])
        if not right or credential is None or len(attempt.password) > MAX_PASSWORD_LENGTH:
            await _refuse(actor, database, credential, attempt)
            raise SignInRefused
        renewed = await passwords.hash(attempt.password) if stored and passwords.is_outdated(stored) else None
    async with database.begin() as tx:
        await throttles.forget(tx, key)
        if renewed is not None:
            await persons.replace_password_hash(tx, credential.person_id, renewed)
        return await _start(tx, personal, credential.person_id, attempt)


async def _admit(
    actor: Actor, database: Database, personal: PersonalData, attempt: Attempt, login: str | None, key: bytes
) -> Credential | None:
    now = clock.now()
    async with database.begin() as tx:
        blocked_until = await throttles.admit(tx, key, now)
        credential = await persons.credential_of(tx, personal, attempt.realm, login or "")
        if blocked_until is not None:
            await _record(tx, actor, Act.SIGN_IN_THROTTLED, credential, attempt, {"reason": "too-many-attempts"})
    if blocked_until is not None:
        raise SignInThrottled(retry_after=_seconds_until(blocked_until, now))
    return credential


async def _refuse(actor: Actor, database: Database, credential: Credential | None, attempt: Attempt) -> None:
    async with database.begin() as tx:
        await _record(tx, actor, Act.SIGN_IN_REFUSED, credential, attempt, {"reason": "wrong-name-or-password"})


async def _start(tx: AsyncConnection, personal: PersonalData, person_id: str, attempt: Attempt) -> SignedIn:
    now = clock.now()
    cookie = session_cookie.new_value()
    session_id = await _renew_previous(tx, personal, person_id, attempt, cookie, now)
    if session_id is None:
        session_id = secrets.token_urlsafe(16)
        session = Session(
            session_id=session_id,
            realm=attempt.realm,
            person_id=person_id,
            acr=_PASSWORD_LEVEL,
            amr=_PASSWORD_METHODS,
            auth_time=now,
            started_at=now,
            seen_at=now,
            device=attempt.device,
            network=attempt.address,
            version=1,
            ended_at=None,
        )
        await sessions.add(tx, personal, session, session_cookie.hash_of(cookie))
    details = {"session_id": session_id, "methods": list(_PASSWORD_METHODS)}
    person = acting(person_id, session_id)
    await _record(tx, person, Act.SIGN_IN_ACCEPTED, Credential(person_id, None), attempt, details)
    return SignedIn(session_id, cookie)


async def _renew_previous(
    tx: AsyncConnection,
    personal: PersonalData,
    person_id: str,
    attempt: Attempt,
    cookie: str,
    now: datetime,
) -> str | None:
    """The session goes on if it is the same person's; another person's ends, so that its pages do not linger."""
    if attempt.previous_cookie is None:
        return None
    previous = await sessions.by_cookie(tx, personal, session_cookie.hash_of(attempt.previous_cookie))
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
    await sessions.renew(
        tx,
        previous.session_id,
        cookie_hash=session_cookie.hash_of(cookie),
        acr=_PASSWORD_LEVEL,
        amr=_PASSWORD_METHODS,
        now=now,
    )
    return previous.session_id


async def _record(
    tx: AsyncConnection, actor: Actor, act: Act, who: Credential | None, attempt: Attempt, details: dict[str, Any]
) -> None:
    subject = f"person:{who.person_id}" if who else "unknown"
    common = {"realm": attempt.realm.value, "device": attempt.device}
    await records.append(tx, actor=actor, act=act, subject=subject, details=common | details)


def _seconds_until(moment: datetime, now: datetime) -> int:
    return max(1, int((moment - now).total_seconds()) + 1)
