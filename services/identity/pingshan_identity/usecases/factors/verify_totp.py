"""Second factor: the code of an authenticator (RFC 6238)."""

import pyotp
from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.factors.totp import WINDOW, matching_step, step_of
from pingshan_identity.domain.sign_in.assurance import Method
from pingshan_identity.domain.sign_in.sign_in_attempt import SignInAttempt
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.store.factors import second_factors
from pingshan_identity.usecases.factors.shared import prove
from pingshan_identity.usecases.sessions.shared import SignedIn


async def verify_totp(
    actor: Actor, database: Database, personal: PersonalData, *, attempt: str, code: str, visitor: Visitor
) -> SignedIn | str:
    """The session, or the attempt's id while a factor is still missing.

    Raises:
        SignInAttemptExpired, SecondFactorRefused, SignInThrottled.

    """

    async def check(tx: AsyncConnection, _attempt: SignInAttempt, person_id: str) -> bool:
        known = await second_factors.totp_of(tx, personal, person_id)
        if known is None or not known.confirmed:
            return False
        step = matching_step(code, acceptable_codes(known.secret))
        return step is not None and await second_factors.use_totp_step(tx, person_id, step)

    return await prove(actor, database, personal, attempt=attempt, visitor=visitor, method=Method.OTP, check=check)


def acceptable_codes(secret: str) -> dict[int, str]:
    """The codes that count at this moment, by their step."""
    generator = pyotp.TOTP(secret)
    now = step_of(clock.now())
    return {step: generator.generate_otp(step) for step in range(now - WINDOW, now + WINDOW + 1)}
