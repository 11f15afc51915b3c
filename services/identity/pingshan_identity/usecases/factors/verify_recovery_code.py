"""Verifies a recovery code as the second factor."""

from dataclasses import dataclass, field

from pingshan_kit import clock
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.factors import recovery_code
from pingshan_identity.domain.sign_in.assurance import Method
from pingshan_identity.domain.sign_in.sign_in_attempt import SignInAttempt
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.store.factors import second_factors
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.factors.shared import prove
from pingshan_identity.usecases.sessions.shared import SignedIn


@dataclass(frozen=True, slots=True)
class VerifyRecoveryCode:
    attempt: str = field(repr=False)
    code: str = field(repr=False)
    """Code as the person typed it."""
    visitor: Visitor


async def verify_recovery_code(deps: Dependencies, actor: Actor, command: VerifyRecoveryCode) -> SignedIn | str:
    """Returns the session, or the attempt's id while something is missing; a right code is used up.

    Raises:
        SignInAttemptExpired, SecondFactorRefused, SignInThrottled.
    """

    async def check(tx: AsyncConnection, _attempt: SignInAttempt, person_id: str) -> bool:
        return await second_factors.use_recovery_code(tx, person_id, recovery_code.hashed(command.code), clock.now())

    return await prove(deps, actor, attempt=command.attempt, visitor=command.visitor, method=Method.OTP, check=check)
