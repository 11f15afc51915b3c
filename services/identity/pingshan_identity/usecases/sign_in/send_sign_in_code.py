"""Sends a code that begins a sign-in of the public, to any number, known or not."""

from dataclasses import dataclass, field

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.errors import SmsCodeNotSent
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.login import require_mobile
from pingshan_identity.domain.sign_in.network import network_of
from pingshan_identity.domain.sign_in.sms_code import NETWORK_BUDGET, RANGE_BUDGET, WHOLE_BUDGET, range_of
from pingshan_identity.domain.sign_in.throttle import Counted, seconds_until
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.store.sign_in import sign_in_attempts, sms_challenges, throttles
from pingshan_identity.usecases.counting import noting_refused_number, sms_count
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sign_in.shared import (
    SIGN_IN,
    begin_attempt,
    is_owners_browser,
    needed_level,
    send_sms_code,
)


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
        SmsCodeNotSent: too many codes to this number, its range or this network, or altogether.
    """
    number = require_mobile(command.mobile)
    async with noting_refused_number(deps, number), deps.database.begin() as tx:
        level = await needed_level(tx, deps.personal, Realm.PUBLIC, command.continuation)
        attempt, begun = await begin_attempt(
            tx,
            realm=Realm.PUBLIC,
            browser=command.visitor.browser,
            level=level,
            continuation=command.continuation,
        )
        own_browser = await is_owners_browser(tx, deps.personal, command.visitor, number)
        challenge_id = await send_sms_code(
            tx, deps.personal, purpose=SIGN_IN, mobile=number, language=command.language, own_browser=own_browser
        )
        if not own_browser:
            await _spend(tx, deps.personal, command.visitor, number)
        await sms_challenges.keep_mobile(tx, deps.personal, challenge_id, number)
        await sign_in_attempts.note_sms(tx, begun, challenge_id)
    return attempt


async def _spend(tx: AsyncConnection, personal: PersonalData, visitor: Visitor, mobile: str) -> None:
    """Spends a code of what all share.

    Raises:
        SmsCodeNotSent: nothing is left for the network, the range of numbers, or altogether.
    """
    now, network = clock.now(), network_of(visitor.address)
    for counted, subject, budget in (
        (Counted.SMS_NETWORK, network, NETWORK_BUDGET),
        (Counted.SMS_RANGE, range_of(mobile), RANGE_BUDGET),
        (Counted.SMS_ALL, "", WHOLE_BUDGET),
    ):
        blocked_until = await throttles.spend(tx, personal, sms_count(personal, counted, subject), budget, now)
        if blocked_until is not None:
            raise SmsCodeNotSent(retry_after=seconds_until(blocked_until, now), shared=True)
