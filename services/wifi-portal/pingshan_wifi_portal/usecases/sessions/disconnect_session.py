"""Has a controller put a device offline (Disconnect-Request, RFC 5176)."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_kit import telemetry

from pingshan_wifi_portal.clients.dynamic_authorization import Reply
from pingshan_wifi_portal.store import controllers, sessions
from pingshan_wifi_portal.usecases.dependencies import Dependencies
from pingshan_wifi_portal.usecases.sessions.close_session import CloseSession, close_session


class ControllerRefused(Exception):
    """Reports that the controller knows the session, but does not end it."""


@dataclass(frozen=True, slots=True)
class DisconnectSession:
    session_id: UUID


async def disconnect_session(deps: Dependencies, command: DisconnectSession) -> None:
    """Asks the controller to end the session, whose Accounting-Stop then ends it here; ignores one that is over.

    Ends it here where the controller does not know it. Raises NoReply, ControllerRefused.
    """
    session_id = command.session_id
    async with deps.database.read() as tx:
        session = await sessions.get(tx, session_id)
        if session is None or not session.is_open:
            return
        controller = await controllers.load(tx, deps.personal, session.controller_id)
    telemetry.mark(session_id=session_id, hotspot_id=session.hotspot_id, correlation_id=session.correlation_id)
    reply = await deps.dynamic_authorization.disconnect(controller, session)
    if reply is Reply.SESSION_CONTEXT_NOT_FOUND:
        await close_session(deps, CloseSession(session_id, "unknown-to-controller"))
    elif reply is Reply.NAK:
        raise ControllerRefused
