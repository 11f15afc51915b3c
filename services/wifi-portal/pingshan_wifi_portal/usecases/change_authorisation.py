"""Tell a controller what policy a live session has now."""

from uuid import UUID

from pingshan_kit import telemetry
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_wifi_portal.clients.controller_control import Answer, ControllerControl
from pingshan_wifi_portal.store import controllers, sessions
from pingshan_wifi_portal.usecases.close_session import close_session


async def change_authorisation(
    actor: Actor, database: Database, personal: PersonalData, control: ControllerControl, *, session_id: UUID
) -> None:
    """Sends the newest policy, whichever one the job was made for; nothing where it is in force already.

    A controller that takes no changes ends the session: the device signs in again, to the new policy.
    Raises NoAnswer.
    """
    del actor
    async with database.read() as tx:
        session = await sessions.get(tx, session_id)
        policy = await sessions.policy(tx, session_id)
        if session is None or policy is None or await sessions.applied_version(tx, session_id) >= policy.version:
            return
        controller = await controllers.load(tx, personal, session.controller_id)
    telemetry.mark(session_id=session_id, hotspot_id=session.hotspot_id, correlation_id=session.correlation_id)
    answer = await control.change(controller, session, policy) if controller.coa else Answer.REFUSED
    if answer is Answer.REFUSED:
        answer = await control.disconnect(controller, session)
    if answer is Answer.NO_SUCH_SESSION:
        await close_session(database, session_id=session_id, cause="unknown-to-controller")
    elif answer is Answer.DONE:
        async with database.begin() as tx:
            await sessions.confirm(tx, session_id, policy.version)
