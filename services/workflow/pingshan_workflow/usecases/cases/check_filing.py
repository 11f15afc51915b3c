"""Checks an application before the person confirms it, and stores nothing."""

from pingshan_values.actor import Actor

from pingshan_workflow.domain.access import check_may_file_for
from pingshan_workflow.domain.cases.filing import Filing, checked
from pingshan_workflow.domain.definitions.definition import Definition
from pingshan_workflow.usecases.definitions.read_matter import read_matter
from pingshan_workflow.usecases.dependencies import Dependencies


async def check_filing(deps: Dependencies, actor: Actor, *, filing: Filing) -> tuple[Filing, Definition]:
    """Returns the filing in normal form and its definition.

    Raises ProcessUnknown, FormInvalid, ApplicantCodeInvalid, NotApplicant, as `submit_case` would.
    """
    definition = await read_matter(deps, code=filing.process)
    filing = checked(filing, definition)
    check_may_file_for(actor, filing.applicant_code)
    return filing, definition
