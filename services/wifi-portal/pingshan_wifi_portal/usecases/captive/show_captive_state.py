"""Tells whether a device is online, for the captive portal API (RFC 8908) and the makers' probes."""

from dataclasses import dataclass
from functools import partial

from pingshan_kit.clock import now, today
from pingshan_kit.crypto import PersonalData
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_wifi_portal.domain import quota
from pingshan_wifi_portal.domain.errors import VisitUnknown
from pingshan_wifi_portal.domain.visit import RedirectParameters, Visit
from pingshan_wifi_portal.store import status, usage
from pingshan_wifi_portal.usecases.captive.shared import find_visit, reports_applied
from pingshan_wifi_portal.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class CaptiveState:
    captive: bool
    seconds_remaining: int = 0
    bytes_remaining: int = 0
    """Octets left at the full rate; after them the device is slower, not captive again."""


async def show_captive_state(deps: Dependencies, *, address: str, parameters: RedirectParameters) -> CaptiveState:
    """Returns whether the device is online, and what is left.

    Finds its session by controller and MAC address where the address of the API names them with the controller's proof
    (RFC 8910: a controller may hand out one per device) and its sign-in was begun while that proof counted, else by the
    device's IP address.
    """
    async with deps.database.read() as tx:
        visit = await _visit(tx, deps.personal, parameters)
        find = partial(status.open_of_address, address=address)
        if visit and visit.proven_until:
            of_device = partial(status.open_of_device, controller_id=visit.controller_id, mac=visit.device_mac)
            find = partial(of_device, before=visit.proven_until)
        session = await find(tx)
    if session is not None:
        await reports_applied(deps, session.session_id)
    async with deps.database.read() as tx:
        session = await find(tx)
        if session is None or session.started_at is None or session.visitor_id is None:
            return CaptiveState(captive=session is None or session.started_at is None)
        plan = (await usage.plans(tx, [session.visitor_id]))[session.visitor_id]
        used = await usage.used(tx, session.visitor_id, today())
    seconds = max(0, int((session.expires_at - now()).total_seconds()))
    return CaptiveState(captive=False, seconds_remaining=seconds, bytes_remaining=quota.remaining(plan, used))


async def _visit(tx: AsyncConnection, personal: PersonalData, parameters: RedirectParameters) -> Visit | None:
    try:
        return await find_visit(tx, personal, parameters)
    except VisitUnknown:
        return None
