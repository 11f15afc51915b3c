"""Lists a person's own passkeys."""

from dataclasses import dataclass

from pingshan_kit import clock
from pingshan_values.actor import Actor

from pingshan_identity.domain.factors.passkey import Passkey
from pingshan_identity.store.factors import passkeys
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sessions.shared import own_session


@dataclass(frozen=True, slots=True)
class OwnPasskeys:
    passkeys: tuple[Passkey, ...]
    may_change: bool
    """Whether the sign-in is fresh enough to add and remove passkeys."""


async def list_passkeys(deps: Dependencies, actor: Actor) -> OwnPasskeys:
    """Returns the passkeys of who is signed in, the oldest first. Raises SessionNotFound where nobody is."""
    async with deps.database.read() as tx:
        session = await own_session(tx, deps.personal, actor)
        found = await passkeys.of_person(tx, session.person_id)
    return OwnPasskeys(tuple(found), session.is_recent(clock.now()))
