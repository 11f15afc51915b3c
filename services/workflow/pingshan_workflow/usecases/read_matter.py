"""One matter (事项) by its code: its guide and form."""

from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_workflow.domain.definition import Definition
from pingshan_workflow.domain.errors import ProcessUnknown
from pingshan_workflow.store import definitions


async def read_matter(_actor: Actor, database: Database, code: str) -> Definition:
    """Open to everybody. Raises ProcessUnknown."""
    async with database.read() as tx:
        newest = await definitions.newest_text(tx, code)
    if newest is None:
        raise ProcessUnknown(process=code)
    return definitions.parsed(newest[1])
