"""Codes by SMS, for every purpose: both functions work in the caller's transaction, the message itself is a job."""

import hmac
import json
import secrets
from datetime import timedelta
from uuid import UUID

from pingshan_kit import clock, jobs
from pingshan_kit.crypto import PersonalData
from pingshan_kit.ids import uuid7
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.sign_in.sms_code import LIFE, check_limits, normalise
from pingshan_identity.store.sign_in import sms_challenges
from pingshan_identity.usecases.job_kinds import SEND_SMS_CODE, SealedCode

SECOND_FACTOR = "second-factor"
SIGN_IN = "sign-in"

_DAY = timedelta(days=1)


async def send_sms_code(
    tx: AsyncConnection, personal: PersonalData, *, purpose: str, mobile: str, language: str
) -> UUID:
    """The challenge's id. The job's row holds number and code sealed, since it outlives the transaction.

    Raises:
        SmsCodeNotSent: the number got a code within the last minute, or too many today.

    """
    now = clock.now()
    index = personal.index(mobile)
    check_limits(await sms_challenges.sent_to(tx, index, now - _DAY), now)
    challenge_id, code = uuid7(), f"{secrets.randbelow(1_000_000):06}"
    await sms_challenges.add(
        tx,
        challenge_id=challenge_id,
        purpose=purpose,
        mobile_index=index,
        code_hash=_hash(personal, challenge_id, code),
        now=now,
        life=LIFE,
    )
    content = json.dumps({"mobile": mobile, "code": code, "language": language})
    sealed = personal.encrypt(content, table="job", column="payload", row=str(challenge_id))
    await jobs.enqueue(tx, SEND_SMS_CODE, str(challenge_id), SealedCode(sealed=sealed.hex()))
    return challenge_id


async def check_sms_code(
    tx: AsyncConnection, personal: PersonalData, *, purpose: str, challenge_id: UUID, code: str
) -> bool:
    """Whether it is the code that was sent; counts the try, uses the right one up."""
    now = clock.now()
    expected = await sms_challenges.count_try(tx, challenge_id, purpose, now)
    typed = normalise(code)
    if expected is None or typed is None:
        return False
    if not hmac.compare_digest(_hash(personal, challenge_id, typed), expected):
        return False
    return await sms_challenges.use_up(tx, challenge_id, now)


def _hash(personal: PersonalData, challenge_id: UUID, code: str) -> bytes:
    """Keyed: a million codes are tried in no time."""
    return personal.index(f"sms-code:{challenge_id}:{code}")
