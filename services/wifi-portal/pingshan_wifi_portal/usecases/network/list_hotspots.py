"""Lists hotspots in the order of their ids, for programs that walk through all of them."""

from pingshan_kit.paging import Page, checked_size, checked_token, cut
from pingshan_values.actor import Actor
from pingshan_values.text import is_storable

from pingshan_wifi_portal.domain import access
from pingshan_wifi_portal.domain.hotspot import Hotspot
from pingshan_wifi_portal.store import hotspots
from pingshan_wifi_portal.store.hotspots import Filter
from pingshan_wifi_portal.usecases.dependencies import Dependencies

_LONGEST_ID = 32


async def list_hotspots(
    deps: Dependencies, actor: Actor, *, controller_id: str = "", page_size: int = 0, page_token: str = ""
) -> Page[Hotspot]:
    """Returns one page of hotspots. Raises NotAllowed, and InvalidRequest for a wrong page size or token."""
    access.check_may_read_hotspots(actor)
    size = checked_size(page_size)
    after = checked_token(page_token, _id) or ""
    async with deps.database.read() as tx:
        found = await hotspots.after(tx, Filter(controller_id=controller_id), after, size + 1)
    return cut(found, size, lambda hotspot: hotspot.hotspot_id)


def _id(page_token: str) -> str:
    if len(page_token) > _LONGEST_ID or not is_storable(page_token):
        raise ValueError(page_token)
    return page_token
