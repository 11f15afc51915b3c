"""Hotspots in the order of their ids, for programs that walk through all of them."""

from collections.abc import Sequence

from pingshan_kit.errors import Forbidden
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_wifi_portal.domain import access
from pingshan_wifi_portal.domain.hotspot import Hotspot
from pingshan_wifi_portal.store import hotspots
from pingshan_wifi_portal.store.hotspots import Filter

LARGEST = 500
USUAL = 50


async def list_hotspots(
    actor: Actor, database: Database, *, controller_id: str = "", page_size: int = 0, page_token: str = ""
) -> tuple[Sequence[Hotspot], str]:
    """One page and the token of the next, empty at the end. page_size: 0 means 50, at most 500. Raises Forbidden."""
    if not access.may_read_hotspots(actor):
        raise Forbidden
    count = min(max(page_size, 0) or USUAL, LARGEST)
    async with database.read() as tx:
        found = await hotspots.after(tx, Filter(controller_id=controller_id), page_token, count + 1)
    more = len(found) > count
    return found[:count], found[count - 1].hotspot_id if more else ""
