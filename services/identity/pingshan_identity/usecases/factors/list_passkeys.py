"""Lists a person's own passkeys."""

from dataclasses import dataclass

from pingshan_kit import clock
from pingshan_values.actor import Actor

from pingshan_identity.domain.factors.passkey import Passkey
from pingshan_identity.store.factors import passkeys, second_factors
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.factors.shared import missing_level
from pingshan_identity.usecases.sessions.shared import own_session


@dataclass(frozen=True, slots=True)
class OwnPasskeys:
    passkeys: tuple[Passkey, ...]
    may_change: bool
    """Whether the sign-in is fresh enough, and of the level, to add and remove passkeys."""
    missing_level: int | None
    """The level that adding and removing takes; None where the session has it."""


async def list_passkeys(deps: Dependencies, actor: Actor) -> OwnPasskeys:
    """Returns the passkeys of who is signed in, the oldest first. Raises SessionNotFound where nobody is."""
    async with deps.database.read() as tx:
        session = await own_session(tx, deps.personal, actor)
        found = await passkeys.of_person(tx, session.person_id)
        factors = await second_factors.factors_of(tx, session.person_id)
    missing = missing_level(factors, session)
    return OwnPasskeys(tuple(found), missing is None and session.is_recent(clock.now()), missing)
