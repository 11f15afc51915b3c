"""Who may decide a task: everybody who holds its post today."""

from pingshan_values.actor import Actor

from pingshan_workflow.clients.directory import Directory, Holder
from pingshan_workflow.domain import access
from pingshan_workflow.domain.view import TaskView


async def list_deciders(actor: Actor, directory: Directory, task: TaskView) -> list[Holder] | None:
    """None where identity is away. Names of staff are for staff: an applicant gets an empty list."""
    if not access.sees_every_case(actor):
        return []
    return await directory.holders(task.row.organisation, task.row.post)
