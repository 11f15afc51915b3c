"""A device stands before the portal: where is it, and how far is its sign-in?"""

from dataclasses import dataclass, replace

from pingshan_kit.clock import now
from pingshan_kit.crypto import PersonalData
from pingshan_kit.errors import Unavailable
from pingshan_kit.rpc import RemoteError
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_wifi_portal.clients.notifications import Notifications, Progress
from pingshan_wifi_portal.domain.sign_in import SignIn
from pingshan_wifi_portal.domain.visit import Told, Visit
from pingshan_wifi_portal.store import sign_ins
from pingshan_wifi_portal.usecases.find_visit import find_visit


@dataclass(frozen=True, slots=True)
class Opened:
    visit: Visit
    pending: SignIn | None
    """Still waiting for its code; also after the page was closed and opened again."""


async def open_visit(
    actor: Actor, database: Database, personal: PersonalData, notifications: Notifications, *, told: Told
) -> Opened:
    """Raises VisitUnknown."""
    del actor
    async with database.read() as tx:
        visit = await find_visit(tx, told)
        known = await sign_ins.pending(tx, personal, visit.controller_id, visit.device_mac)
    if known is None or known.sign_in.expires_at <= now():
        return Opened(visit, None)
    failure = known.sign_in.failure or await _failure(notifications, known.sign_in)
    return Opened(visit, replace(known.sign_in, failure=failure))


async def _failure(notifications: Notifications, sign_in: SignIn) -> str:
    """The carrier's answer may come after the page was shown."""
    if not sign_in.notification_id:
        return ""
    try:
        notification = await notifications.get(sign_in.notification_id)
    except (Unavailable, RemoteError):
        return ""
    return notification.failure if notification.progress is Progress.FAILED else ""
