"""Who is online, newest first, with masked numbers."""

from collections.abc import Sequence

from pingshan_kit.crypto import PersonalData
from pingshan_kit.errors import Forbidden
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_wifi_portal.domain import access
from pingshan_wifi_portal.store import live_sessions
from pingshan_wifi_portal.store.live_sessions import LiveSession

PAGE = 50


async def list_live_sessions(
    actor: Actor, database: Database, personal: PersonalData, *, hotspot_id: str = "", number: int = 1
) -> tuple[Sequence[LiveSession], int]:
    """One page (from 1) and how many there are in all. Raises Forbidden."""
    if not access.may_operate(actor):
        raise Forbidden
    async with database.read() as tx:
        return await live_sessions.page(
            tx, personal, hotspot_id=hotspot_id, offset=(max(1, number) - 1) * PAGE, count=PAGE
        )
