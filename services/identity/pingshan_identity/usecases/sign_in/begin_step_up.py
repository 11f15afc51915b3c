"""Begins to raise a session whose level is too low for where the person wants to go."""

from dataclasses import dataclass, field

from pingshan_kit import clock

from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.continuation import leads_to_factors
from pingshan_identity.store.factors import second_factors
from pingshan_identity.store.sessions import sessions
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sign_in.shared import advance_attempt, begin_attempt, needed_level


@dataclass(frozen=True, slots=True)
class BeginStepUp:
    realm: Realm
    cookie: str | None = field(repr=False)
    """Cookie of the session that the browser holds in that realm; None for none."""
    browser: str = field(repr=False)
    continuation: str


async def begin_step_up(deps: Dependencies, command: BeginStepUp) -> str | None:
    """Returns the id of the attempt; None where there is no session, or its level is high enough."""
    if command.cookie is None:
        return None
    async with deps.database.begin() as tx:
        session = await sessions.usable(tx, deps.personal, command.realm, command.cookie, clock.now())
        if session is None:
            return None
        level = await needed_level(tx, deps.personal, command.realm, command.continuation)
        if leads_to_factors(command.continuation):
            factors = await second_factors.factors_of(tx, session.person_id)
            level = max(level, factors.level_to_change(session.realm))
        if session.reaches(level):
            return None
        attempt, begun = await begin_attempt(
            tx,
            realm=command.realm,
            browser=command.browser,
            level=level,
            continuation=command.continuation,
            session_id=session.session_id,
        )
        await advance_attempt(tx, begun, person_id=session.person_id, methods=())
    return attempt
