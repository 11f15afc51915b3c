"""Begin a sign-in of the public: a code to a telephone number, whether anybody has it or not."""

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database

from pingshan_identity.domain.errors import MobileNotValid
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.login import normalise
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.store.sign_in import sign_in_attempts as stored_attempts
from pingshan_identity.store.sign_in import sms_challenges
from pingshan_identity.usecases.sign_in import attempts
from pingshan_identity.usecases.sign_in.needed_level import needed_level
from pingshan_identity.usecases.sign_in.sms_codes import SIGN_IN, send_sms_code


async def send_sign_in_code(
    database: Database,
    personal: PersonalData,
    *,
    mobile: str,
    visitor: Visitor,
    continuation: str,
    language: str,
) -> str:
    """The attempt's id. The number is kept sealed with the code: it must stand in no address.

    Raises:
        MobileNotValid: it is no mobile number.
        SmsCodeNotSent: too many codes to this number.

    """
    number = normalise(Realm.PUBLIC, mobile)
    if number is None:
        raise MobileNotValid
    async with database.begin() as tx:
        level = await needed_level(tx, personal, Realm.PUBLIC, continuation)
        attempt = await attempts.begin(
            tx, realm=Realm.PUBLIC, browser=visitor.browser, level=level, continuation=continuation
        )
        found = await attempts.find(tx, attempt=attempt, browser=visitor.browser)
        challenge_id = await send_sms_code(tx, personal, purpose=SIGN_IN, mobile=number, language=language)
        await sms_challenges.keep_mobile(tx, personal, challenge_id, number)
        await stored_attempts.note_sms(tx, found, challenge_id)
    return attempt
