"""Whether a device is online, for the captive portal API (RFC 8908) and the makers' probes."""

from dataclasses import dataclass

from pingshan_kit.clock import now, today
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_wifi_portal.domain import quota
from pingshan_wifi_portal.domain.visit import is_name, to_mac
from pingshan_wifi_portal.store import status, usage


@dataclass(frozen=True, slots=True)
class CaptiveState:
    captive: bool
    seconds_remaining: int = 0
    bytes_remaining: int = 0
    """At the full rate; what follows is slower, not captive again."""


async def show_captive_state(
    actor: Actor, database: Database, *, address: str, nas_identifier: str = "", device_mac: str = ""
) -> CaptiveState:
    """By controller and device where the address of the API names them (RFC 8910: a controller may hand out one per
    device), else by the device's own IP address.
    """
    del actor
    mac = to_mac(device_mac)
    async with database.read() as tx:
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
