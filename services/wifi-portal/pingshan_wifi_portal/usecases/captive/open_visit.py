"""Finds where a device before the portal stands, and how far its sign-in is."""

from dataclasses import dataclass, replace

from pingshan_kit.clock import now
from pingshan_kit.errors import Unavailable
from pingshan_kit.rpc import RemoteError

from pingshan_wifi_portal.clients.notifications import Notifications, Progress
from pingshan_wifi_portal.domain.sign_in import SignIn
from pingshan_wifi_portal.domain.visit import RedirectParameters, Visit
from pingshan_wifi_portal.store import sign_ins
from pingshan_wifi_portal.usecases.captive.shared import find_visit
from pingshan_wifi_portal.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class Opened:
    visit: Visit
    pending: SignIn | None
    """Sign-in that waits for its code, also after the page was closed and opened again; None without one."""


async def open_visit(deps: Dependencies, *, parameters: RedirectParameters) -> Opened:
    """Returns the visit and its pending sign-in. Raises VisitUnknown."""
    async with deps.database.read() as tx:
        visit = await find_visit(tx, deps.personal, parameters)
        known = await sign_ins.pending(tx, deps.personal, visit)
    if known is None or known.sign_in.is_expired(now()):
        return Opened(visit, None)
    failure = known.sign_in.failure or await _failure(deps.notifications, known.sign_in)
    return Opened(visit, replace(known.sign_in, failure=failure))


async def _failure(notifications: Notifications, sign_in: SignIn) -> str:
    """Returns the carrier's answer, which may come after the page was shown; empty where there is none."""
    if not sign_in.notification_id:
        return ""
    try:
        notification = await notifications.get(sign_in.notification_id)
    except (Unavailable, RemoteError):
        return ""
    return notification.failure if notification.progress is Progress.FAILED else ""
