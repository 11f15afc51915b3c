"""An operator ends a live session."""

from uuid import UUID

from pingshan_kit import jobs, records
from pingshan_kit.database import Database
from pingshan_kit.errors import Forbidden
from pingshan_values.actor import Actor

from pingshan_wifi_portal.domain import access
from pingshan_wifi_portal.domain.errors import SessionNotFound
from pingshan_wifi_portal.store import sessions
from pingshan_wifi_portal.usecases.job_kinds import DISCONNECT, SessionToTell


async def end_session(actor: Actor, database: Database, *, session_id: UUID) -> None:
    """The controller is told by a job; the session is over once it says so. Raises SessionNotFound, Forbidden."""
    if not access.may_operate(actor):
        raise Forbidden
    async with database.begin() as tx:
        session = await sessions.get(tx, session_id)
        if session is None or session.ended_at is not None:
            raise SessionNotFound(session_id=session_id)
        payload = SessionToTell(session_id=session_id)
        await jobs.enqueue(tx, DISCONNECT, f"{session_id}:{session.version}", payload)
        await records.append(tx, actor=actor, act="session.ended", subject=str(session_id), details={})
