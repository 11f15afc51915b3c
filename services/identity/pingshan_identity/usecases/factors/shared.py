"""Proving a second factor and recording a new password, for several use cases."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import pyotp
from pingshan_kit import audit_log, clock
from pingshan_kit.crypto import PersonalData
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import SecondFactorRefused
from pingshan_identity.domain.factors.factors import Factors
from pingshan_identity.domain.factors.totp import WINDOW, step_of
from pingshan_identity.domain.sessions.session import Session
from pingshan_identity.domain.sign_in.assurance import Method
from pingshan_identity.domain.sign_in.sign_in_attempt import SignInAttempt
from pingshan_identity.domain.sign_in.throttle import require_admitted
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.store.factors import passwords, second_factors
from pingshan_identity.store.sign_in import sign_in_attempts, throttles
from pingshan_identity.usecases.acting import acting
from pingshan_identity.usecases.counting import factor_counts, note_success
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sessions.shared import SignedIn, recent_session
from pingshan_identity.usecases.sign_in.shared import advance_attempt, find_attempt, finish_attempt

Check = Callable[[AsyncConnection, SignInAttempt, str], Awaitable[bool]]
"""Returns whether the proof is right and was not used before, for this attempt and person, and uses it up."""


class Find(Protocol):
    """Returns the open attempt, or raises SignInAttemptExpired."""

    async def __call__(self, tx: AsyncConnection, *, attempt: str, browser: str) -> SignInAttempt: ...


async def prove(
    deps: Dependencies,
    actor: Actor,
    *,
    attempt: str,
    visitor: Visitor,
    method: Method,
    check: Check,
    find: Find = find_attempt,
) -> SignedIn | str:
    """Returns the session, or the attempt's id while something is missing; a wrong proof is counted and recorded.

    Raises:
        SignInAttemptExpired: the sign-in under way is over; five wrong proofs end it.
        SecondFactorRefused: the proof is wrong.
        SignInThrottled: too many guesses for this person, in a browser that is not known.
    """
    now = clock.now()
    async with deps.database.begin() as tx:
        found = await find(tx, attempt=attempt, browser=visitor.browser)
        person_id = found.require_person()
        counts = factor_counts(deps.personal, visitor, person_id)
        blocked_until = await throttles.admit(tx, deps.personal, counts, now)
        if blocked_until is None and await check(tx, found, person_id):
            await note_success(tx, counts)
            proven = await advance_attempt(tx, found, person_id=person_id, methods=(method,))
            return await finish_attempt(tx, deps.personal, proven, visitor) or attempt
        if blocked_until is None:
            await sign_in_attempts.count_failure(tx, found)
        act = Act.SIGN_IN_REFUSED if blocked_until is None else Act.SIGN_IN_THROTTLED
        await audit_log.append(
            tx,
            actor=actor,
            act=act,
            subject=f"person:{person_id}",
            details={
                "realm": found.realm.value,
                "device": visitor.device,
                "method": method.value,
                "reason": "wrong-second-factor" if blocked_until is None else "too-many-attempts",
            },
        )
    require_admitted(blocked_until, now)
    raise SecondFactorRefused


async def session_to_change_factors(tx: AsyncConnection, personal: PersonalData, actor: Actor) -> Session:
    """Returns the session of the actor, for adding or removing a factor; the ways into the account are locked until the
    commit.

    Raises:
        SessionNotFound: nobody is signed in.
        SignInTooOld: the sign-in is more than five minutes old.
        FactorsOutOfReach: the person has a factor of a higher level than the session.
    """
    session = await recent_session(tx, personal, actor)
    factors = await second_factors.factors_of(tx, session.person_id)
    factors.require_level_to_change(session.realm, session.acr)
    return session


def missing_level(factors: Factors, session: Session) -> int | None:
    """Returns the level that the session lacks to change factors; None for none."""
    level = factors.level_to_change(session.realm)
    return None if session.reaches(level) else level


async def record_new_password(tx: AsyncConnection, person_id: str, hashed: str) -> None:
    await passwords.change(tx, person_id, hashed, clock.now())
    person = acting(person_id)
    await audit_log.append(tx, actor=person, act=Act.PASSWORD_CHANGED, subject=person.id, details={})


def acceptable_codes(secret: str) -> dict[int, str]:
    """Returns the codes of an authenticator that count at this moment, by their step."""
    generator = pyotp.TOTP(secret)
    now = step_of(clock.now())
    return {step: generator.generate_otp(step) for step in range(now - WINDOW, now + WINDOW + 1)}
