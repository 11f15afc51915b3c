"""Sends a code to the telephone of the person who is signing in."""

from dataclasses import dataclass, field

from pingshan_identity.domain.errors import NoSuchFactor
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.store.people import persons
from pingshan_identity.store.sign_in import sign_in_attempts
from pingshan_identity.usecases.counting import browser_of, noting_refused_number
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
        person_id = found.require_person()
        mobile = await persons.mobile_of(tx, deps.personal, person_id)
        if not mobile:
            raise NoSuchFactor
        async with noting_refused_number(deps, mobile):
            challenge_id = await send_sms_code(
                tx,
                deps.personal,
                purpose=SECOND_FACTOR,
                mobile=mobile,
                language=command.language,
                own_browser=browser_of(deps.personal, command.visitor, person_id) is not None,
            )
        await sign_in_attempts.note_sms(tx, found, challenge_id)
