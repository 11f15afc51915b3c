"""Reads how a person can sign in, for their own page."""

from dataclasses import dataclass

from pingshan_kit import clock
from pingshan_values.actor import Actor

from pingshan_identity.domain.factors.factors import Factors
from pingshan_identity.store.factors import passwords, second_factors
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.factors.shared import missing_level
from pingshan_identity.usecases.sessions.shared import own_session


@dataclass(frozen=True, slots=True)
class Security:
    factors: Factors
    has_password: bool
    may_change: bool
    """Whether the sign-in is fresh enough, and of the level, to change factors."""
    missing_level: int | None
    """The level that changing factors takes; None where the session has it."""


async def read_security(deps: Dependencies, actor: Actor) -> Security:
    """Returns the factors of who is signed in. Raises SessionNotFound where nobody is."""
    async with deps.database.read() as tx:
        session = await own_session(tx, deps.personal, actor)
        factors = await second_factors.factors_of(tx, session.person_id)
        has_password = await passwords.hash_of(tx, session.person_id) is not None
    missing = missing_level(factors, session)
    return Security(factors, has_password, missing is None and session.is_recent(clock.now()), missing)
