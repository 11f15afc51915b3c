"""Second factor: one of the codes that were put aside for a lost telephone."""

from hashlib import sha256

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.factors.recovery_code import normalise
from pingshan_identity.domain.sign_in.assurance import Method
from pingshan_identity.domain.sign_in.sign_in_attempt import SignInAttempt
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.store.factors import second_factors
from pingshan_identity.usecases.factors.shared import prove
from pingshan_identity.usecases.sessions.shared import SignedIn


async def verify_recovery_code(
    actor: Actor, database: Database, personal: PersonalData, *, attempt: str, code: str, visitor: Visitor
) -> SignedIn | str:
    """The session, or the attempt's id while a factor is still missing.

    Raises:
        SignInAttemptExpired, SecondFactorRefused, SignInThrottled.

    """

    async def check(tx: AsyncConnection, _attempt: SignInAttempt, person_id: str) -> bool:
        return await second_factors.use_recovery_code(tx, person_id, recovery_code_hash(code), clock.now())

    return await prove(actor, database, personal, attempt=attempt, visitor=visitor, method=Method.OTP, check=check)


def recovery_code_hash(code: str) -> bytes:
    """49 random bits behind a throttle: SHA-256 is enough, and the same time for every code."""
    return sha256(normalise(code).encode()).digest()
