"""Lists who may decide a task: all who hold its post today, except who filed the case."""

from pingshan_values.actor import Actor, ActorKind

from pingshan_workflow.clients.directory import Holder
from pingshan_workflow.domain import access
from pingshan_workflow.domain.cases.view import CaseView, TaskView
from pingshan_workflow.usecases.dependencies import Dependencies


async def list_deciders(deps: Dependencies, actor: Actor, *, task: TaskView, case: CaseView) -> list[Holder] | None:
    """Returns the holders of the post, None where identity cannot be reached, an empty list for applicants."""
    if not access.sees_every_case(actor):
        return []
    holders = await deps.directory.holders(task.row.organisation, task.row.post)
    if holders is None:
        return None
    return [each for each in holders if Actor(ActorKind.PERSON, each.person_id).id != case.row.filed_by]
