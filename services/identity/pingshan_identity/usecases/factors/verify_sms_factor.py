"""Second factor by SMS: it adds `sms` to the sign-in, and no level."""

from uuid import UUID

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.sign_in.assurance import Method
from pingshan_identity.domain.sign_in.sign_in_attempt import SignInAttempt
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.usecases.factors.shared import prove
from pingshan_identity.usecases.sessions.shared import SignedIn
from pingshan_identity.usecases.sign_in.sms_codes import SECOND_FACTOR, check_sms_code


async def verify_sms_factor(
    actor: Actor, database: Database, personal: PersonalData, *, attempt: str, code: str, visitor: Visitor
) -> SignedIn | str:
    """The session, or the attempt's id while a factor is still missing.

    Raises:
        SignInAttemptExpired, SecondFactorRefused, SignInThrottled.

    """

    async def check(tx: AsyncConnection, found: SignInAttempt, _person_id: str) -> bool:
        if found.sms_challenge_id is None:
            return False
        challenge_id = UUID(found.sms_challenge_id)
        return await check_sms_code(tx, personal, purpose=SECOND_FACTOR, challenge_id=challenge_id, code=code)

    return await prove(actor, database, personal, attempt=attempt, visitor=visitor, method=Method.SMS, check=check)
