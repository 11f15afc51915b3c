"""Tells whether a device is online, for the captive portal API (RFC 8908) and the makers' probes."""

from dataclasses import dataclass

from pingshan_kit.clock import now, today

from pingshan_wifi_portal.domain import quota
from pingshan_wifi_portal.domain.visit import is_name, to_mac
from pingshan_wifi_portal.store import status, usage
from pingshan_wifi_portal.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class CaptiveState:
    captive: bool
    seconds_remaining: int = 0
    bytes_remaining: int = 0
    """Octets left at the full rate; after them the device is slower, not captive again."""


async def show_captive_state(
    deps: Dependencies, *, address: str, nas_identifier: str = "", device_mac: str = ""
) -> CaptiveState:
    """Returns whether the device is online, and what is left.

    Finds its session by controller and MAC address where the address of the API names them (RFC 8910: a controller may
    hand out one per device), else by the device's IP address.
    """
    mac = to_mac(device_mac)
    async with deps.database.read() as tx:
        if is_name(nas_identifier) and mac:
            session = await status.open_of_device(tx, nas_identifier, mac)
        else:
            session = await status.open_of_address(tx, address)
        if session is None or session.visitor_id is None:
            return CaptiveState(captive=session is None)
        plan = (await usage.plans(tx, [session.visitor_id]))[session.visitor_id]
        used = await usage.used(tx, session.visitor_id, today())
    seconds = max(0, int((session.expires_at - now()).total_seconds()))
    return CaptiveState(captive=False, seconds_remaining=seconds, bytes_remaining=quota.remaining(plan, used))
