"""Send a code to the telephone of the person who is signing in."""

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database

from pingshan_identity.domain.errors import NoSuchFactor, SignInAttemptExpired
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.store.people import persons
from pingshan_identity.store.sign_in import sign_in_attempts as stored_attempts
from pingshan_identity.usecases.sign_in import attempts
from pingshan_identity.usecases.sign_in.sms_codes import SECOND_FACTOR, send_sms_code


async def send_sms_factor(
    database: Database, personal: PersonalData, *, attempt: str, visitor: Visitor, language: str
) -> None:
    """The newest code is the one that counts.

    Raises:
        SignInAttemptExpired: the sign-in under way is over.
        NoSuchFactor: no telephone number is known.
        SmsCodeNotSent: too many codes to this number.

    """
    async with database.begin() as tx:
        found = await attempts.find(tx, attempt=attempt, browser=visitor.browser)
        if found.person_id is None:
            raise SignInAttemptExpired
        mobile = await persons.mobile_of(tx, personal, found.person_id)
        if not mobile:
            raise NoSuchFactor
        challenge_id = await send_sms_code(tx, personal, purpose=SECOND_FACTOR, mobile=mobile, language=language)
        await stored_attempts.note_sms(tx, found, challenge_id)
