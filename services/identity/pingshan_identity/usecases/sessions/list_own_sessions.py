"""Lists the sessions of the person who asks."""

from dataclasses import dataclass, field
from datetime import datetime

from pingshan_kit import clock
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import require_person
from pingshan_identity.domain.errors import SessionNotFound
from pingshan_identity.store.oauth import grants
from pingshan_identity.store.sessions import sessions
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class OwnSession:
    session_id: str
    is_current: bool
    device: str
    address: str = field(repr=False)
    started_at: datetime
    seen_at: datetime
    ends_at: datetime
    systems: tuple[tuple[str, str], ...]
    """Chinese and English names of the systems that were opened with the session."""


async def list_own_sessions(deps: Dependencies, actor: Actor) -> list[OwnSession]:
    """Returns the live sessions, the latest visit first.

    Raises:
        SessionNotFound: nobody is signed in.
    """
    person_id = require_person(actor, SessionNotFound)
    async with deps.database.read() as tx:
        live = await sessions.live_of(tx, deps.personal, person_id, clock.now())
        systems = await grants.systems_of_sessions(tx, [session.session_id for session in live])
    return [
        OwnSession(
            session_id=session.session_id,
            is_current=session.session_id == actor.session_id,
            device=session.device,
            address=session.network,
            started_at=session.started_at,
            seen_at=session.seen_at,
            ends_at=session.ends_at,
            systems=tuple(systems.get(session.session_id, ())),
        )
        for session in live
    ]
