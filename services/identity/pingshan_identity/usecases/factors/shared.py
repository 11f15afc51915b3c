"""What acts on factors have in common: a second factor is proven, a password is replaced."""

from collections.abc import Awaitable, Callable

from pingshan_kit import audit_log, clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import SecondFactorRefused, SignInAttemptExpired, SignInThrottled
from pingshan_identity.domain.sign_in.assurance import Method
from pingshan_identity.domain.sign_in.network import network_of
from pingshan_identity.domain.sign_in.sign_in_attempt import SignInAttempt
from pingshan_identity.domain.sign_in.throttle import seconds_until
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.store.people import persons
from pingshan_identity.store.sign_in import throttles
from pingshan_identity.usecases.acting import acting
from pingshan_identity.usecases.sessions.shared import SignedIn
from pingshan_identity.usecases.sign_in import attempts

Check = Callable[[AsyncConnection, SignInAttempt, str], Awaitable[bool]]
"""Whether the proof is right and was not used before, for this attempt and person; uses it up."""


async def prove(
    actor: Actor,
    database: Database,
    personal: PersonalData,
    *,
    attempt: str,
    visitor: Visitor,
    method: Method,
    check: Check,
) -> SignedIn | str:
    """The session, or the attempt's id while a factor is still missing.

    Raises:
        SignInAttemptExpired: the sign-in under way is over.
        SecondFactorRefused: the proof is wrong.
        SignInThrottled: too many guesses for this person from this network.

    """
    now = clock.now()
    async with database.begin() as tx:
        found = await attempts.find(tx, attempt=attempt, browser=visitor.browser)
        if found.person_id is None:
            raise SignInAttemptExpired
        key = personal.index(f"second factor {found.person_id} {network_of(visitor.address)}")
        blocked_until = await throttles.admit(tx, key, now)
        if blocked_until is None and await check(tx, found, found.person_id):
            await throttles.forget(tx, key)
            proven = await attempts.advance(tx, found, person_id=found.person_id, methods=(method,))
            return await attempts.finish(tx, personal, proven, visitor) or attempt
        act = Act.SIGN_IN_REFUSED if blocked_until is None else Act.SIGN_IN_THROTTLED
        await audit_log.append(
            tx,
            actor=actor,
            act=act,
            subject=f"person:{found.person_id}",
            details={
                "realm": found.realm.value,
                "device": visitor.device,
                "method": method.value,
                "reason": "wrong-second-factor" if blocked_until is None else "too-many-attempts",
            },
        )
    if blocked_until is not None:
        raise SignInThrottled(retry_after=seconds_until(blocked_until, now))
    raise SecondFactorRefused


async def record_new_password(tx: AsyncConnection, person_id: str, hashed: str) -> None:
    await persons.change_password(tx, person_id, hashed, clock.now())
    person = acting(person_id)
    await audit_log.append(tx, actor=person, act=Act.PASSWORD_CHANGED, subject=person.id, details={})
