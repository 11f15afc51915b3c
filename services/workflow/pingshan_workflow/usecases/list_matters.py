"""All matters (事项) that can be applied for."""

from collections.abc import Sequence

from pingshan_workflow.domain.definition import Definition
from pingshan_workflow.store import definitions
from pingshan_workflow.usecases.dependencies import Dependencies


async def list_matters(deps: Dependencies) -> Sequence[Definition]:
    """Open to everybody; the newest version of each."""
    async with deps.database.read() as tx:
        return await definitions.newest(tx)
