"""Lists who may decide a task: all who hold its post today."""

from pingshan_values.actor import Actor

from pingshan_workflow.clients.directory import Holder
from pingshan_workflow.domain import access
from pingshan_workflow.domain.view import TaskView
from pingshan_workflow.usecases.dependencies import Dependencies


async def list_deciders(deps: Dependencies, actor: Actor, *, task: TaskView) -> list[Holder] | None:
    """Returns the holders of the post, None where identity cannot be reached, an empty list for applicants."""
    if not access.sees_every_case(actor):
        return []
    return await deps.directory.holders(task.row.organisation, task.row.post)
