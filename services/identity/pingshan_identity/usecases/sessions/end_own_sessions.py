"""Ends all sessions of the person who asks, this one included, and tells every system."""

from uuid import UUID

from pingshan_values.actor import Actor

from pingshan_identity.domain.access import require_person
from pingshan_identity.domain.errors import SessionNotFound
from pingshan_identity.domain.sessions.session import EndReason
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sessions.shared import close_access


async def end_own_sessions(deps: Dependencies, actor: Actor) -> UUID:
    """Returns the id of the sign-out.

    Raises:
        SessionNotFound: nobody is signed in.
    """
    person_id = require_person(actor, SessionNotFound)
    async with deps.database.begin() as tx:
        return await close_access(tx, actor, deps.personal, person_id=person_id, reason=EndReason.SIGNED_OUT)
