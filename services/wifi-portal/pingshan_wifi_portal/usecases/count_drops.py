"""Keep count of the RADIUS packets that were dropped without an answer."""

from collections.abc import Mapping

from pingshan_kit.clock import today
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_wifi_portal.store import controllers


async def count_drops(actor: Actor, database: Database, *, drops: Mapping[tuple[str, str], int]) -> None:
    """drops: (controller id or "unknown", reason) → packets since the last call."""
    del actor
    async with database.begin() as tx:
        await controllers.add_drops(tx, today(), drops)
