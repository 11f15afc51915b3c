"""Sends a code to the telephone of the person who is signing in."""

from dataclasses import dataclass, field

from pingshan_identity.domain.errors import NoSuchFactor
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.store.people import persons
from pingshan_identity.store.sign_in import sign_in_attempts
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sign_in.shared import SECOND_FACTOR, find_attempt, send_sms_code


@dataclass(frozen=True, slots=True)
class SendSmsFactor:
    attempt: str = field(repr=False)
    visitor: Visitor
    language: str


async def send_sms_factor(deps: Dependencies, command: SendSmsFactor) -> None:
    """Sends a code; codes sent before for this attempt no longer count.

    Raises:
        SignInAttemptExpired: the sign-in under way is over.
        NoSuchFactor: no telephone number is known.
        SmsCodeNotSent: too many codes to this number.
    """
    async with deps.database.begin() as tx:
        found = await find_attempt(tx, attempt=command.attempt, browser=command.visitor.browser)
        mobile = await persons.mobile_of(tx, deps.personal, found.require_person())
        if not mobile:
            raise NoSuchFactor
        challenge_id = await send_sms_code(
            tx, deps.personal, purpose=SECOND_FACTOR, mobile=mobile, language=command.language
        )
        await sign_in_attempts.note_sms(tx, found, challenge_id)
