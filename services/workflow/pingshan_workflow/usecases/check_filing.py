"""Check an application before the person confirms it; nothing is kept."""

from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_workflow.domain import access
from pingshan_workflow.domain.definition import Definition
from pingshan_workflow.domain.errors import NotApplicant
from pingshan_workflow.usecases.filing import Filing, checked
from pingshan_workflow.usecases.read_matter import read_matter


async def check_filing(actor: Actor, database: Database, filing: Filing) -> tuple[Filing, Definition]:
    """The filing in normal form. Raises what `submit_case` would raise for it."""
    definition = await read_matter(actor, database, filing.process)
    filing = checked(filing, definition)
    if not access.may_file_for(actor, filing.applicant_code):
        raise NotApplicant
    return filing, definition
