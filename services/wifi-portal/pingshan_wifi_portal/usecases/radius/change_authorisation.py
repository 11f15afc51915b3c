"""Sends a controller the policy that a live session has now (CoA-Request, RFC 5176)."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_kit import telemetry

from pingshan_wifi_portal.clients.dynamic_authorization import Reply
from pingshan_wifi_portal.store import controllers, sessions
from pingshan_wifi_portal.usecases.dependencies import Dependencies
from pingshan_wifi_portal.usecases.sessions.close_session import CloseSession, close_session


@dataclass(frozen=True, slots=True)
class ChangeAuthorisation:
    session_id: UUID


async def change_authorisation(deps: Dependencies, command: ChangeAuthorisation) -> None:
    """Sends the newest policy, whichever one the job was made for; does nothing where it is in force already.

    Has a controller end the session if it refuses or takes no changes, so that the device signs in again, to the new
    policy; ends it here if the controller does not know it. Raises NoReply.
    """
    session_id = command.session_id
    async with deps.database.read() as tx:
        session = await sessions.get(tx, session_id)
        policy = await sessions.policy(tx, session_id)
        if session is None or policy is None or await sessions.applied_version(tx, session_id) >= policy.version:
            return
        controller = await controllers.load(tx, deps.personal, session.controller_id)
    telemetry.mark(session_id=session_id, hotspot_id=session.hotspot_id, correlation_id=session.correlation_id)
    reply = Reply.NAK
    if controller.coa:
        reply = await deps.dynamic_authorization.change_authorization(controller, session, policy)
    if reply is Reply.NAK:
        reply = await deps.dynamic_authorization.disconnect(controller, session)
    if reply is Reply.SESSION_CONTEXT_NOT_FOUND:
        await close_session(deps, CloseSession(session_id, "unknown-to-controller"))
    elif reply is Reply.ACK:
        async with deps.database.begin() as tx:
            await sessions.confirm(tx, session_id, policy.version)
