"""Confirms a proposed authenticator with its first code, which is also the second factor of this sign-in."""

from dataclasses import dataclass, field

from pingshan_kit import audit_log, clock
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
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.factors.shared import acceptable_codes, prove
from pingshan_identity.usecases.sessions.shared import SignedIn
from pingshan_identity.usecases.sign_in.shared import find_to_change_ways_in


@dataclass(frozen=True, slots=True)
class ConfirmTotp:
    attempt: str = field(repr=False)
    code: str = field(repr=False)
    """Code as the person typed it."""
    enrolment_code: str = field(repr=False)
    """Code that is needed after a reset only; empty otherwise."""
    visitor: Visitor


@dataclass(frozen=True, slots=True)
class Confirmed:
    outcome: SignedIn | str
    """The session, or the attempt's id while something is missing."""
    recovery_codes: tuple[str, ...] = field(repr=False)
    """Ten codes, which are shown once."""


async def confirm_totp(deps: Dependencies, actor: Actor, command: ConfirmTotp) -> Confirmed:
    """Confirms the authenticator and returns its ten recovery codes; those from before are void.

    Raises:
        SignInAttemptExpired: also where the sign-in is none that a second factor must be set up in.
        SecondFactorRefused, SignInThrottled.
    """
    codes = recovery_code.make()

    async def check(tx: AsyncConnection, found: SignInAttempt, person_id: str) -> bool:
        (await second_factors.factors_of(tx, person_id)).require_must_be_set_up(found.level)
        proposed = await second_factors.totp_of(tx, deps.personal, person_id)
        if proposed is None or not proposed.is_proposed_in(found.attempt_hash):
            return False
        step = matching_step(command.code, acceptable_codes(proposed.secret))
        if step is None or not await _may_enrol(tx, person_id, command.enrolment_code):
            return False
        if not await second_factors.confirm_totp(tx, person_id, step, clock.now()):
            return False
        await _note_new_authenticator(tx, person_id, codes)
        return True

    outcome = await prove(
        deps,
        actor,
        attempt=command.attempt,
        visitor=command.visitor,
        method=Method.OTP,
        check=check,
        find=find_to_change_ways_in,
    )
    return Confirmed(outcome, tuple(codes))


async def _may_enrol(tx: AsyncConnection, person_id: str, code: str) -> bool:
    """Returns whether no enrolment code is needed, or this is the right one, which is used up."""
    if not await second_factors.needs_enrolment_code(tx, person_id):
        return True
    return await second_factors.use_enrolment_code(tx, person_id, enrolment.hashed(code), clock.now())


async def _note_new_authenticator(tx: AsyncConnection, person_id: str, codes: list[str]) -> None:
    """Keeps the recovery codes, and records the new authenticator."""
    await second_factors.replace_recovery_codes(tx, person_id, map(recovery_code.hashed, codes), clock.now())
    person = acting(person_id)
    await audit_log.append(tx, actor=person, act=Act.FACTOR_ADDED, subject=person.id, details={"method": "otp"})
