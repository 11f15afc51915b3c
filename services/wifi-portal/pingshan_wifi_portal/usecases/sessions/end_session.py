"""Ends a live session for an operator."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_kit import audit_log, jobs
from pingshan_values.actor import Actor

from pingshan_wifi_portal.domain import access
from pingshan_wifi_portal.domain.errors import SessionNotFound
from pingshan_wifi_portal.store import sessions
from pingshan_wifi_portal.usecases.dependencies import Dependencies
from pingshan_wifi_portal.usecases.job_kinds import DISCONNECT, SessionToTell


@dataclass(frozen=True, slots=True)
class EndSession:
    session_id: UUID


async def end_session(deps: Dependencies, actor: Actor, command: EndSession) -> None:
    """Enqueues a job that disconnects the device; the session is over once its controller says so.

    Raises SessionNotFound, also for one that is over, and NotAllowed.
    """
    access.check_may_operate(actor)
    session_id = command.session_id
    async with deps.database.begin() as tx:
        session = await sessions.get(tx, session_id)
        if session is None or not session.is_open:
            raise SessionNotFound(session_id=session_id)
        payload = SessionToTell(session_id=session_id)
        await jobs.enqueue(tx, DISCONNECT, f"{session_id}:{session.version}", payload)
        await audit_log.append(tx, actor=actor, act="session.ended", subject=str(session_id), details={})
