"""A person's own passkeys."""

from dataclasses import dataclass

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.domain.factors.passkey import Passkey, is_recent
from pingshan_identity.store.factors import passkeys
from pingshan_identity.usecases.sessions.recent_sign_in import own_session


@dataclass(frozen=True, slots=True)
class OwnPasskeys:
    passkeys: tuple[Passkey, ...]
    may_change: bool
    """The sign-in is fresh enough to add and remove."""


async def list_passkeys(actor: Actor, database: Database, personal: PersonalData) -> OwnPasskeys:
    """Raises SessionNotFound: nobody is signed in."""
    async with database.read() as tx:
        session = await own_session(tx, personal, actor)
        found = await passkeys.of_person(tx, session.person_id)
    return OwnPasskeys(tuple(found), is_recent(session.auth_time, clock.now()))
