"""Check an application before the person confirms it; nothing is kept."""

from pingshan_values.actor import Actor

from pingshan_workflow.domain.access import check_may_file_for
from pingshan_workflow.domain.definition import Definition
from pingshan_workflow.domain.filing import Filing, checked
from pingshan_workflow.usecases.dependencies import Dependencies
from pingshan_workflow.usecases.read_matter import read_matter


async def check_filing(deps: Dependencies, actor: Actor, *, filing: Filing) -> tuple[Filing, Definition]:
    """The filing in normal form. Raises what `submit_case` would raise for it."""
    definition = await read_matter(deps, code=filing.process)
    filing = checked(filing, definition)
    check_may_file_for(actor, filing.applicant_code)
    return filing, definition
