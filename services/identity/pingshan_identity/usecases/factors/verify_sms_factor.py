"""Verifies a code by SMS as a second factor: it adds `sms` to the sign-in, and no level."""

from dataclasses import dataclass, field
from uuid import UUID

from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.sign_in.assurance import Method
from pingshan_identity.domain.sign_in.sign_in_attempt import SignInAttempt
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.factors.shared import prove
from pingshan_identity.usecases.sessions.shared import SignedIn
from pingshan_identity.usecases.sign_in.shared import SECOND_FACTOR, check_sms_code


@dataclass(frozen=True, slots=True)
class VerifySmsFactor:
    attempt: str = field(repr=False)
    code: str = field(repr=False)
    """Code as the person typed it."""
    visitor: Visitor


async def verify_sms_factor(deps: Dependencies, actor: Actor, command: VerifySmsFactor) -> SignedIn | str:
    """Returns the session, or the attempt's id while something is missing; a right code is used up.

    Raises:
        SignInAttemptExpired, SecondFactorRefused, SignInThrottled.
    """

    async def check(tx: AsyncConnection, found: SignInAttempt, _person_id: str) -> bool:
        if found.sms_challenge_id is None:
            return False
        challenge_id = UUID(found.sms_challenge_id)
        return await check_sms_code(
            tx, deps.personal, purpose=SECOND_FACTOR, challenge_id=challenge_id, code=command.code
        )

    return await prove(deps, actor, attempt=command.attempt, visitor=command.visitor, method=Method.SMS, check=check)
