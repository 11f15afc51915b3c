"""Names of organisations by code, for pages."""

from collections.abc import Mapping

from pingshan_values.actor import Actor

from pingshan_workflow.clients.directory import Directory
from pingshan_workflow.domain.definition import Text


async def list_organisations(_actor: Actor, directory: Directory) -> Mapping[str, Text]:
    """Public knowledge. While identity is away, the names known from before."""
    return await directory.organisations()
