"""Sends a code that begins a sign-in of the public, to any number, known or not."""

from dataclasses import dataclass, field

from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.login import require_mobile
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.store.sign_in import sign_in_attempts, sms_challenges
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sign_in.shared import SIGN_IN, begin_attempt, needed_level, send_sms_code


@dataclass(frozen=True, slots=True)
class SendSignInCode:
    mobile: str = field(repr=False)
    """Number as the person typed it."""
    visitor: Visitor
    continuation: str
    language: str


async def send_sign_in_code(deps: Dependencies, command: SendSignInCode) -> str:
    """Returns the id of the attempt; the number is kept encrypted, since it must stand in no address.

    Raises:
        MobileNotValid: it is no mobile number.
        SmsCodeNotSent: too many codes to this number.
    """
    number = require_mobile(command.mobile)
    async with deps.database.begin() as tx:
        level = await needed_level(tx, deps.personal, Realm.PUBLIC, command.continuation)
        attempt, begun = await begin_attempt(
            tx,
            realm=Realm.PUBLIC,
            browser=command.visitor.browser,
            level=level,
            continuation=command.continuation,
        )
        challenge_id = await send_sms_code(tx, deps.personal, purpose=SIGN_IN, mobile=number, language=command.language)
        await sms_challenges.keep_mobile(tx, deps.personal, challenge_id, number)
        await sign_in_attempts.note_sms(tx, begun, challenge_id)
    return attempt
