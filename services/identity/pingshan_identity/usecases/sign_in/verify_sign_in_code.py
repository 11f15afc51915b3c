"""Verifies a sign-in code: its telephone number belongs to somebody known, or to a new person.

An account that stands on more than its number needs one proof more: the number may have been handed on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from pingshan_kit import audit_log, clock
from pingshan_kit.crypto import PersonalData
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import SecondFactorRefused
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.assurance import Method
from pingshan_identity.domain.sign_in.throttle import require_admitted
from pingshan_identity.domain.sign_in.upstream import TELEPHONE_LEVEL
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.store.people import public_persons
from pingshan_identity.store.sign_in import sms_challenges, throttles
from pingshan_identity.usecases.counting import note_success, sign_in_code_counts
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sessions.shared import SignedIn
from pingshan_identity.usecases.sign_in.shared import (
    SIGN_IN,
    advance_attempt,
    check_sms_code,
    find_attempt,
    finish_attempt,
    is_owners_browser,
)
from pingshan_identity.usecases.sign_in.upstream_person import begin_person


@dataclass(frozen=True, slots=True)
class VerifySignInCode:
    attempt: str = field(repr=False)
    code: str = field(repr=False)
    """Code as the person typed it."""
    visitor: Visitor
    language: str


async def verify_sign_in_code(deps: Dependencies, actor: Actor, command: VerifySignInCode) -> SignedIn | str:
    """Returns the session, or the attempt's id while something is missing; a right code is used up.

    Raises:
        SignInAttemptExpired: the sign-in under way is over.
        SecondFactorRefused: the code is wrong, used, too old, or was guessed too often.
        SignInThrottled: too many wrong codes and passwords from this network, in a browser that does not know the
            number's owner.
    """
    personal, visitor, now = deps.personal, command.visitor, clock.now()
    async with deps.database.begin() as tx:
        found = await find_attempt(tx, attempt=command.attempt, browser=visitor.browser)
        challenge_id = UUID(found.require_sign_in_code())
        person_id, counts = None, await _counts(tx, personal, visitor, challenge_id)
        blocked_until = await throttles.admit(tx, personal, counts, now)
        if blocked_until is None and await check_sms_code(
            tx, personal, purpose=SIGN_IN, challenge_id=challenge_id, code=command.code
        ):
            person_id = await _holder(tx, personal, challenge_id, command.language)
        if person_id is not None:
            await note_success(tx, counts)
            proven = await advance_attempt(tx, found, person_id=person_id, methods=(Method.SMS,))
            return await finish_attempt(tx, personal, proven, visitor) or command.attempt
        details = {
            "realm": Realm.PUBLIC.value,
            "device": visitor.device,
            "method": Method.SMS.value,
            "reason": "wrong-sms-code" if blocked_until is None else "too-many-attempts",
        }
        act = Act.SIGN_IN_REFUSED if blocked_until is None else Act.SIGN_IN_THROTTLED
        await audit_log.append(tx, actor=actor, act=act, subject="unknown", details=details)
    require_admitted(blocked_until, now)
    raise SecondFactorRefused


async def _counts(
    tx: AsyncConnection, personal: PersonalData, visitor: Visitor, challenge_id: UUID
) -> Sequence[throttles.Count]:
    """Returns the counts of the code, none in a browser that knows the owner of the number: it has its own tries."""
    mobile = await sms_challenges.mobile_of(tx, personal, challenge_id)
    if mobile is not None and await is_owners_browser(tx, personal, visitor, mobile):
        return ()
    return sign_in_code_counts(personal, visitor)


async def _holder(tx: AsyncConnection, personal: PersonalData, challenge_id: UUID, language: str) -> str | None:
    """Returns the id of who has the number, added where new or where it was of somebody who has left."""
    mobile = await sms_challenges.mobile_of(tx, personal, challenge_id)
    if mobile is None:
        return None
    added = await public_persons.add(tx, personal, mobile=mobile, language=language, real_name_level=TELEPHONE_LEVEL)
    if added is not None:
        return added
    known = await public_persons.by_mobile(tx, personal, mobile)
    if known is None:
        return await begin_person(tx, personal, mobile, language)
    await public_persons.note_telephone(tx, known.person_id)
    return known.person_id
