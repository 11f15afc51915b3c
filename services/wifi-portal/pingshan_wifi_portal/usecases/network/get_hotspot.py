"""Reads one hotspot."""

from pingshan_values.actor import Actor

from pingshan_wifi_portal.domain import access
from pingshan_wifi_portal.domain.errors import HotspotNotFound
from pingshan_wifi_portal.domain.hotspot import Hotspot
from pingshan_wifi_portal.store import hotspots
from pingshan_wifi_portal.usecases.dependencies import Dependencies


async def get_hotspot(deps: Dependencies, actor: Actor, *, hotspot_id: str) -> Hotspot:
    """Returns the hotspot. Raises HotspotNotFound, NotAllowed."""
    access.check_may_read_hotspots(actor)
    async with deps.database.read() as tx:
        hotspot = await hotspots.get(tx, hotspot_id[:32])
    if hotspot is None:
        raise HotspotNotFound(hotspot_id=hotspot_id[:32])
    return hotspot
