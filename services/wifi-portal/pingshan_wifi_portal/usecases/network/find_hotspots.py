"""Finds hotspots by page."""

from collections.abc import Sequence
from dataclasses import dataclass

from pingshan_kit.paging import PAGE_SIZE
from pingshan_values.actor import Actor

from pingshan_wifi_portal.domain import access
from pingshan_wifi_portal.domain.hotspot import Hotspot
from pingshan_wifi_portal.store import hotspots
from pingshan_wifi_portal.store.hotspots import Filter
from pingshan_wifi_portal.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class HotspotPage:
    hotspots: Sequence[Hotspot]
    total: int
    number: int
    """Number of this page, from 1."""

    @property
    def last(self) -> int:
        return max(1, -(-self.total // PAGE_SIZE))


async def find_hotspots(
    deps: Dependencies, actor: Actor, *, search: str = "", street: str = "", number: int = 1
) -> HotspotPage:
    """Returns a page; `number` is taken as at least 1 and at most 1,000. Raises NotAllowed."""
    access.check_may_read_hotspots(actor)
    which = Filter(search.strip()[:64], street)
    number = min(max(1, number), 1000)
    async with deps.database.read() as tx:
        found, total = await hotspots.page(tx, which, offset=(number - 1) * PAGE_SIZE, count=PAGE_SIZE)
    return HotspotPage(found, total, number)
