"""A person ends all of their sessions, this one included, and has every system told."""

from uuid import UUID

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.domain.errors import SessionNotFound
from pingshan_identity.domain.sessions.session import EndReason
from pingshan_identity.usecases.sessions.shared import close_access


async def end_own_sessions(actor: Actor, database: Database, personal: PersonalData) -> UUID:
    """The sign-out's id.

    Raises:
        SessionNotFound: nobody is signed in.

    """
    if actor.person_id is None:
        raise SessionNotFound
    async with database.begin() as tx:
        return await close_access(tx, actor, personal, person_id=actor.person_id, reason=EndReason.SIGNED_OUT)
