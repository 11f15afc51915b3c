"""Begins an account of one's own with a number that was somebody else's."""

from dataclasses import dataclass, field
from dataclasses import replace as replaced
from uuid import UUID

from pingshan_identity.domain.errors import SignInAttemptExpired
from pingshan_identity.domain.sign_in.sign_in_attempt import Missing
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.store.sign_in import sms_challenges
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sessions.shared import SignedIn
from pingshan_identity.usecases.sign_in.shared import advance_attempt, find_attempt, finish_attempt, still_missing
from pingshan_identity.usecases.sign_in.upstream_person import begin_person


@dataclass(frozen=True, slots=True)
class BeginAnew:
    attempt: str = field(repr=False)
    visitor: Visitor
    language: str


async def begin_anew(deps: Dependencies, command: BeginAnew) -> SignedIn | str:
    """Returns the session of a new person; who had the number keeps their account and loses the number.

    Raises:
        SignInAttemptExpired: the sign-in under way is over, or the number was not proven in it.
    """
    personal = deps.personal
    async with deps.database.begin() as tx:
        found = await find_attempt(tx, attempt=command.attempt, browser=command.visitor.browser)
        if found.sms_challenge_id is None or await still_missing(tx, found) is not Missing.MORE_THAN_SMS:
            raise SignInAttemptExpired
        mobile = await sms_challenges.mobile_of(tx, personal, UUID(found.sms_challenge_id))
        person_id = await begin_person(tx, personal, mobile, command.language) if mobile is not None else None
        if person_id is None:
            raise SignInAttemptExpired
        begun = await advance_attempt(tx, replaced(found, person_id=None), person_id=person_id, methods=())
        return await finish_attempt(tx, personal, begun, command.visitor) or command.attempt
