"""All matters (事项) that can be applied for."""

from collections.abc import Sequence

from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_workflow.domain.definition import Definition
from pingshan_workflow.store import definitions


async def list_matters(_actor: Actor, database: Database) -> Sequence[Definition]:
    """Open to everybody; the newest version of each."""
    async with database.read() as tx:
        return await definitions.newest(tx)
