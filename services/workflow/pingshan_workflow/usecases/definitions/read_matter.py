"""Reads one matter (事项) by its code: its guide and form."""

from pingshan_workflow.domain.definitions.definition import Definition
from pingshan_workflow.domain.errors import ProcessUnknown
from pingshan_workflow.store import definitions
from pingshan_workflow.usecases.dependencies import Dependencies


async def read_matter(deps: Dependencies, *, code: str) -> Definition:
    """Returns the newest version, for everybody. Raises ProcessUnknown."""
    async with deps.database.read() as tx:
        newest = await definitions.newest_text(tx, code)
    if newest is None:
        raise ProcessUnknown(process=code)
    return definitions.parsed(newest[1])
