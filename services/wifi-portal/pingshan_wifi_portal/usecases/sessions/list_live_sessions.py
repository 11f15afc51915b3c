"""Lists who is online, the newest first, with masked numbers."""

from collections.abc import Sequence

from pingshan_kit.paging import PAGE_SIZE
from pingshan_values.actor import Actor

from pingshan_wifi_portal.domain import access
from pingshan_wifi_portal.store import live_sessions
from pingshan_wifi_portal.store.live_sessions import LiveSession
from pingshan_wifi_portal.usecases.dependencies import Dependencies


async def list_live_sessions(
    deps: Dependencies, actor: Actor, *, hotspot_id: str = "", number: int = 1
) -> tuple[Sequence[LiveSession], int]:
    """Returns the page `number`, from 1, of 50 sessions, and the number of all. Raises NotAllowed."""
    access.check_may_operate(actor)
    async with deps.database.read() as tx:
        return await live_sessions.page(
            tx, deps.personal, hotspot_id=hotspot_id, offset=(max(1, number) - 1) * PAGE_SIZE, count=PAGE_SIZE
        )
