"""Lists the names of organisations by code, for pages."""

from collections.abc import Mapping

from pingshan_values.text import Text

from pingshan_workflow.usecases.dependencies import Dependencies


async def list_organisations(deps: Dependencies) -> Mapping[str, Text]:
    """Returns the names, for everybody; while identity cannot be reached the last known ones."""
    return await deps.directory.organisations()
