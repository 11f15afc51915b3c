"""Lists the access points of a hotspot."""

from collections.abc import Sequence

from pingshan_values.actor import Actor

from pingshan_wifi_portal.domain import access
from pingshan_wifi_portal.store import hotspots
from pingshan_wifi_portal.usecases.dependencies import Dependencies


async def list_access_points(deps: Dependencies, actor: Actor, *, hotspot_id: str) -> Sequence[tuple[str, str]]:
    """Returns id and MAC address of each; none for an unknown hotspot. Raises NotAllowed."""
    access.check_may_operate(actor)
    async with deps.database.read() as tx:
        return await hotspots.access_points(tx, hotspot_id)
