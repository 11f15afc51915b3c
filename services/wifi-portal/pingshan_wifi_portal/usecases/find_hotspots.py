"""Hotspots, narrowed and in pages."""

from collections.abc import Sequence
from dataclasses import dataclass

from pingshan_kit.errors import Forbidden
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_wifi_portal.domain import access
from pingshan_wifi_portal.domain.hotspot import Hotspot
from pingshan_wifi_portal.store import hotspots
from pingshan_wifi_portal.store.hotspots import Filter

PAGE = 50


@dataclass(frozen=True, slots=True)
class HotspotPage:
    hotspots: Sequence[Hotspot]
    total: int
    number: int
    """From 1."""

    @property
    def last(self) -> int:
        return max(1, -(-self.total // PAGE))


async def find_hotspots(
    actor: Actor, database: Database, *, search: str = "", street: str = "", controller_id: str = "", number: int = 1
) -> HotspotPage:
    """number: which page, from 1. Raises Forbidden."""
    if not access.may_read_hotspots(actor):
        raise Forbidden
    which = Filter(search.strip()[:64], street, controller_id)
    number = min(max(1, number), 1000)
    async with database.read() as tx:
        found, total = await hotspots.page(tx, which, offset=(number - 1) * PAGE, count=PAGE)
    return HotspotPage(found, total, number)
