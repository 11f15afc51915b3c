"""Tell a controller to put a device offline."""

from uuid import UUID

from pingshan_kit import telemetry
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_wifi_portal.clients.controller_control import Answer, ControllerControl
from pingshan_wifi_portal.store import controllers, sessions
from pingshan_wifi_portal.usecases.close_session import close_session


class ControllerRefused(Exception):
    """The controller knows the session, but does not end it."""


async def disconnect_session(
    actor: Actor, database: Database, personal: PersonalData, control: ControllerControl, *, session_id: UUID
) -> None:
    """Where the controller agrees, its Accounting-Stop ends the session here. Raises NoAnswer, ControllerRefused."""
    del actor
    async with database.read() as tx:
        session = await sessions.get(tx, session_id)
        if session is None or session.ended_at is not None:
            return
        controller = await controllers.load(tx, personal, session.controller_id)
    telemetry.mark(session_id=session_id, hotspot_id=session.hotspot_id, correlation_id=session.correlation_id)
    answer = await control.disconnect(controller, session)
    if answer is Answer.NO_SUCH_SESSION:
        await close_session(database, session_id=session_id, cause="unknown-to-controller")
    elif answer is Answer.REFUSED:
        raise ControllerRefused
