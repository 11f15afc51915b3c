"""Reads one task with the case to which it belongs."""

from pingshan_values.actor import Actor

from pingshan_workflow.domain.cases.case import split_task_id
from pingshan_workflow.domain.cases.view import CaseView, TaskView
from pingshan_workflow.domain.errors import CaseNotFound, TaskNotFound
from pingshan_workflow.usecases.cases.read_case import read_case
from pingshan_workflow.usecases.dependencies import Dependencies


async def read_task(deps: Dependencies, actor: Actor, *, task_id: str) -> tuple[TaskView, CaseView]:
    """Returns task and case. Raises TaskNotFound, also for a task of a case that the actor may not see."""
    case_id, node = split_task_id(task_id)
    try:
        case = await read_case(deps, actor, case_id=case_id)
    except CaseNotFound:
        raise TaskNotFound(task_id=task_id) from None
    for task in case.tasks:
        if task.row.node == node:
            return task, case
    raise TaskNotFound(task_id=task_id)
