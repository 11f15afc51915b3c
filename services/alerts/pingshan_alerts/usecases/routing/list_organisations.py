"""Names of organisations as they were last heard from identity."""

from collections.abc import Mapping

from pingshan_kit.storage.database import Database

from pingshan_alerts.domain.organisation import Organisation
from pingshan_alerts.store import organisations


async def list_organisations(database: Database) -> Mapping[str, Organisation]:
    """By code."""
    async with database.read() as tx:
        return await organisations.all_by_code(tx)
