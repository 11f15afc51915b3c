"""Names of organisations by code, for pages."""

from collections.abc import Mapping

from pingshan_values.text import Text

from pingshan_workflow.usecases.dependencies import Dependencies


async def list_organisations(deps: Dependencies) -> Mapping[str, Text]:
    """Public knowledge. While identity is away, the names known from before."""
    return await deps.directory.organisations()
