"""Verifies the code of an authenticator (RFC 6238) as the second factor."""

from dataclasses import dataclass, field

from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.factors.totp import matching_step
from pingshan_identity.domain.sign_in.assurance import Method
from pingshan_identity.domain.sign_in.sign_in_attempt import SignInAttempt
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.store.factors import second_factors
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.factors.shared import acceptable_codes, prove
from pingshan_identity.usecases.sessions.shared import SignedIn


@dataclass(frozen=True, slots=True)
class VerifyTotp:
    attempt: str = field(repr=False)
    code: str = field(repr=False)
    """Code as the person typed it."""
    visitor: Visitor


async def verify_totp(deps: Dependencies, actor: Actor, command: VerifyTotp) -> SignedIn | str:
    """Returns the session, or the attempt's id while something is missing; a right code is used up.

    Raises:
        SignInAttemptExpired, SecondFactorRefused, SignInThrottled.
    """

    async def check(tx: AsyncConnection, _attempt: SignInAttempt, person_id: str) -> bool:
        known = await second_factors.totp_of(tx, deps.personal, person_id)
        if known is None or not known.confirmed:
            return False
        step = matching_step(command.code, acceptable_codes(known.secret))
        return step is not None and await second_factors.use_totp_step(tx, person_id, step)

    return await prove(deps, actor, attempt=command.attempt, visitor=command.visitor, method=Method.OTP, check=check)
