"""Lists all matters (事项) for which one can apply."""

from collections.abc import Sequence

from pingshan_workflow.domain.definitions.definition import Definition
from pingshan_workflow.store import definitions
from pingshan_workflow.usecases.dependencies import Dependencies


async def list_matters(deps: Dependencies) -> Sequence[Definition]:
    """Returns the newest version of each matter, for everybody."""
    async with deps.database.read() as tx:
        return await definitions.newest(tx)
