"""Where a sign-in code went, for the page that asks for it."""

from uuid import UUID

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.masked import mask_mobile

from pingshan_identity.domain.errors import SignInAttemptExpired
from pingshan_identity.store.sign_in import sms_challenges
from pingshan_identity.usecases.sign_in import attempts


async def read_sign_in_code(database: Database, personal: PersonalData, *, attempt: str, browser: str) -> str:
    """The masked number. Raises SignInAttemptExpired."""
    async with database.begin() as tx:
        found = await attempts.find(tx, attempt=attempt, browser=browser)
        if found.sms_challenge_id is None or found.person_id is not None:
            raise SignInAttemptExpired
        mobile = await sms_challenges.mobile_of(tx, personal, UUID(found.sms_challenge_id))
    if mobile is None:
        raise SignInAttemptExpired
    return mask_mobile(mobile)
