"""One hotspot."""

from pingshan_kit.errors import Forbidden
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_wifi_portal.domain import access
from pingshan_wifi_portal.domain.errors import HotspotNotFound
from pingshan_wifi_portal.domain.hotspot import Hotspot
from pingshan_wifi_portal.store import hotspots


async def get_hotspot(actor: Actor, database: Database, *, hotspot_id: str) -> Hotspot:
    """Raises HotspotNotFound, Forbidden."""
    if not access.may_read_hotspots(actor):
        raise Forbidden
    async with database.read() as tx:
        hotspot = await hotspots.get(tx, hotspot_id[:32])
    if hotspot is None:
        raise HotspotNotFound(hotspot_id=hotspot_id[:32])
    return hotspot
