"""Confirm a proposed authenticator with its first code, which is also the second factor of this sign-in."""

from dataclasses import dataclass, field

from pingshan_kit import audit_log, clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.factors import enrolment, recovery_code
from pingshan_identity.domain.factors.totp import matching_step
from pingshan_identity.domain.sign_in.assurance import Method
from pingshan_identity.domain.sign_in.sign_in_attempt import SignInAttempt
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.store.factors import second_factors
from pingshan_identity.usecases.acting import acting
from pingshan_identity.usecases.factors.shared import prove
from pingshan_identity.usecases.factors.verify_recovery_code import recovery_code_hash
from pingshan_identity.usecases.factors.verify_totp import acceptable_codes
from pingshan_identity.usecases.sessions.shared import SignedIn


@dataclass(frozen=True, slots=True)
class Confirmed:
    outcome: SignedIn | str
    """The session, or the attempt's id while a factor is still missing."""
    recovery_codes: tuple[str, ...] = field(repr=False)
    """Shown once."""


async def confirm_totp(
    actor: Actor,
    database: Database,
    personal: PersonalData,
    *,
    attempt: str,
    code: str,
    enrolment_code: str,
    visitor: Visitor,
) -> Confirmed:
    """From here on the authenticator counts; ten recovery codes come with it. `enrolment_code`: after a reset only.

    Raises:
        SignInAttemptExpired, SecondFactorRefused, SignInThrottled.

    """
    codes = recovery_code.make()

    async def check(tx: AsyncConnection, found: SignInAttempt, person_id: str) -> bool:
        proposed = await second_factors.totp_of(tx, personal, person_id)
        if proposed is None or proposed.confirmed or proposed.attempt_hash != found.attempt_hash:
            return False
        step = matching_step(code, acceptable_codes(proposed.secret))
        if step is None or not await may_enrol(tx, person_id, enrolment_code):
            return False
        if not await second_factors.confirm_totp(tx, person_id, step, clock.now()):
            return False
        await note_new_authenticator(tx, person_id, codes)
        return True

    outcome = await prove(actor, database, personal, attempt=attempt, visitor=visitor, method=Method.OTP, check=check)
    return Confirmed(outcome, tuple(codes))


async def may_enrol(tx: AsyncConnection, person_id: str, code: str) -> bool:
    """Whether no enrolment code is needed, or this is the one; it is used up."""
    if not await second_factors.needs_enrolment_code(tx, person_id):
        return True
    return await second_factors.use_enrolment_code(tx, person_id, enrolment.hashed(code), clock.now())


async def note_new_authenticator(tx: AsyncConnection, person_id: str, codes: list[str]) -> None:
    """Keep the recovery codes and record both."""
    await second_factors.replace_recovery_codes(tx, person_id, map(recovery_code_hash, codes), clock.now())
    person = acting(person_id)
    await audit_log.append(tx, actor=person, act=Act.FACTOR_ADDED, subject=person.id, details={"method": "otp"})
