"""The access points of a hotspot."""

from collections.abc import Sequence

from pingshan_kit.errors import Forbidden
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_wifi_portal.domain import access
from pingshan_wifi_portal.store import hotspots


async def list_access_points(actor: Actor, database: Database, *, hotspot_id: str) -> Sequence[tuple[str, str]]:
    """Id and MAC address. Raises Forbidden."""
    if not access.may_operate(actor):
        raise Forbidden
    async with database.read() as tx:
        return await hotspots.access_points(tx, hotspot_id)
