"""Reads which number a sign-in code was sent to."""

from uuid import UUID

from pingshan_values.masked import mask_mobile

from pingshan_identity.domain.errors import SignInAttemptExpired
from pingshan_identity.store.sign_in import sms_challenges
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sign_in.shared import find_attempt


async def read_sign_in_code(deps: Dependencies, *, attempt: str, browser: str) -> str:
    """Returns the masked number. Raises SignInAttemptExpired where no code is waited for."""
    async with deps.database.begin() as tx:
        found = await find_attempt(tx, attempt=attempt, browser=browser)
        mobile = await sms_challenges.mobile_of(tx, deps.personal, UUID(found.require_sign_in_code()))
    if mobile is None:
        raise SignInAttemptExpired
    return mask_mobile(mobile)
