"""The first proof of a sign-in: name and password."""

from typing import Any

from pingshan_kit import audit_log, clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.clients.breached_passwords import BreachedPasswords
from pingshan_identity.clients.passwords import Passwords
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import SignInRefused, SignInThrottled
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.assurance import Method
from pingshan_identity.domain.sign_in.login import MAX_PASSWORD_LENGTH, normalise
from pingshan_identity.domain.sign_in.network import network_of
from pingshan_identity.domain.sign_in.throttle import seconds_until
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.store.people import persons
from pingshan_identity.store.people.persons import Credential
from pingshan_identity.store.sign_in import throttles
from pingshan_identity.usecases.sessions.shared import SignedIn
from pingshan_identity.usecases.sign_in import attempts
from pingshan_identity.usecases.sign_in.needed_level import needed_level


async def sign_in_with_password(
    actor: Actor,
    database: Database,
    personal: PersonalData,
    passwords: Passwords,
    breached: BreachedPasswords,
    *,
    realm: Realm,
    login: str,
    password: str,
    visitor: Visitor,
    continuation: str,
) -> SignedIn | str:
    """A session, or the id of the attempt that still lacks a factor; a password that is known must be changed first.

    Raises:
        SignInRefused: the name or the password is wrong.
        SignInThrottled: too many attempts for this account from this network.
        SignInBusy: too many people are signing in at this moment.

    """
    with passwords.admission():
        name = normalise(realm, login)
        key = personal.index(f"throttle {realm} {name} {network_of(visitor.address)}")
        credential = await _admit(actor, database, personal, realm, visitor, name, key)
        stored = credential.password_hash if credential else None
        right = await passwords.verify(stored, password[:MAX_PASSWORD_LENGTH])
        if not right or credential is None or len(password) > MAX_PASSWORD_LENGTH:
            await _refuse(actor, database, credential, realm, visitor)
            raise SignInRefused
        renewed = await passwords.hash(password) if stored and passwords.is_outdated(stored) else None
    async with database.begin() as tx:
        await throttles.forget(tx, key)
        if password in breached:
            await persons.demand_change(tx, credential.person_id)
        if renewed is not None:
            await persons.replace_password_hash(tx, credential.person_id, renewed)
        level = await needed_level(tx, personal, realm, continuation)
        attempt = await attempts.begin(tx, realm=realm, browser=visitor.browser, level=level, continuation=continuation)
        begun = await attempts.find(tx, attempt=attempt, browser=visitor.browser)
        proven = await attempts.advance(tx, begun, person_id=credential.person_id, methods=(Method.PASSWORD,))
        return await attempts.finish(tx, personal, proven, visitor) or attempt


async def _admit(
    actor: Actor,
    database: Database,
    personal: PersonalData,
    realm: Realm,
    visitor: Visitor,
    login: str | None,
    key: bytes,
) -> Credential | None:
    now = clock.now()
    async with database.begin() as tx:
        blocked_until = await throttles.admit(tx, key, now)
        credential = await persons.credential_of(tx, personal, realm, login or "")
        if blocked_until is not None:
            await _record(tx, actor, Act.SIGN_IN_THROTTLED, credential, realm, visitor, {"reason": "too-many-attempts"})
    if blocked_until is not None:
        raise SignInThrottled(retry_after=seconds_until(blocked_until, now))
    return credential


async def _refuse(
    actor: Actor, database: Database, credential: Credential | None, realm: Realm, visitor: Visitor
) -> None:
    async with database.begin() as tx:
        details = {"reason": "wrong-name-or-password"}
        await _record(tx, actor, Act.SIGN_IN_REFUSED, credential, realm, visitor, details)


async def _record(
    tx: AsyncConnection,
    actor: Actor,
    act: Act,
    who: Credential | None,
    realm: Realm,
    visitor: Visitor,
    details: dict[str, Any],
) -> None:
    subject = f"person:{who.person_id}" if who else "unknown"
    common = {"realm": realm.value, "device": visitor.device}
    await audit_log.append(tx, actor=actor, act=act, subject=subject, details=common | details)
