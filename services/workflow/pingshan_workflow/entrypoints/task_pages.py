"""Pages for officers: inbox, task, confirmation of a decision."""

from dataclasses import dataclass
from typing import Any

from pingshan_kit.auth import actor
from pingshan_kit.errors import InvalidRequest
from pingshan_kit.ids import uuid7
from pingshan_ui import render
from pingshan_ui.environment import Again
from pingshan_values.errors import DomainError
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pingshan_workflow.domain import access
from pingshan_workflow.domain.cases.case import Verdict, check_reason
from pingshan_workflow.domain.definitions.definition import TaskNode
from pingshan_workflow.domain.tasks.decision import check_comment
from pingshan_workflow.entrypoints.forms import Problem, problem, request_id
from pingshan_workflow.usecases.cases.list_organisations import list_organisations
from pingshan_workflow.usecases.definitions.list_matters import list_matters
from pingshan_workflow.usecases.dependencies import Dependencies
from pingshan_workflow.usecases.tasks.decide_task import DecideTask, decide_task
from pingshan_workflow.usecases.tasks.list_deciders import list_deciders
from pingshan_workflow.usecases.tasks.list_tasks import list_tasks
from pingshan_workflow.usecases.tasks.read_task import read_task


@dataclass(frozen=True)
class TaskPages:
    deps: Dependencies

    async def inbox(self, request: Request) -> Response:
        query, person = request.query_params, actor(request)
        found = await list_tasks(
            self.deps,
            person,
            page_token=query.get("page_token", ""),
            process=query.get("process", ""),
            node=query.get("node", ""),
            overdue="overdue" in query,
        )
        matters = await list_matters(self.deps)
        nodes = {
            node.id: node.title
            for matter in matters
            for node in matter.nodes.values()
            if isinstance(node, TaskNode) and node.organisation == person.organisation
        }
        return render(request, "inbox.html", inbox=found, matters=matters, nodes=nodes, query=query)

    async def task(self, request: Request) -> Response:
        return await self._task(request)

    async def confirm(self, request: Request) -> Response:
        """Shows what the decision will do, before it is taken."""
        form = await request.form()
        verdict, comment = str(form.get("verdict", "")), str(form.get("comment", ""))
        if verdict not in {found.value for found in Verdict}:
            return await self._task(request, comment=comment)
        task, case = await read_task(self.deps, actor(request), task_id=request.path_params["task_id"])
        try:
            check_comment(comment.strip())
            check_reason(task.row.task_id, Verdict(verdict), comment)
        except DomainError as error:
            return await self._task(request, problem(request, error), comment)
        context: dict[str, Any] = {"task": task, "case": case, "verdict": verdict, "comment": comment.strip()}
        context |= {"request_id": str(uuid7()), "again": _confirmed_again(request, verdict, comment)}
        return render(request, "confirm.html", **context)

    async def decide(self, request: Request) -> Response:
        form = await request.form()
        comment = str(form.get("comment", ""))
        try:
            command = DecideTask(
                request_id=await request_id(request),
                task_id=request.path_params["task_id"],
                verdict=_verdict(form),
                comment=comment,
            )
            task = await decide_task(self.deps, actor(request), command)
        except DomainError as error:
            return await self._task(request, problem(request, error), comment)
        return RedirectResponse(f"/inbox?done={task.row.task_id}", 303)

    async def _task(self, request: Request, wrong: Problem | None = None, comment: str = "") -> Response:
        person = actor(request)
        task, case = await read_task(self.deps, person, task_id=request.path_params["task_id"])
        context: dict[str, Any] = {
            "task": task,
            "case": case,
            "may_decide": access.may_decide(person, task.row.organisation, task.row.post) and not case.is_own,
            "deciders": await list_deciders(self.deps, person, task=task, case=case),
            "organisations": await list_organisations(self.deps),
            "problem": wrong,
            "comment": comment,
            "again": _confirmed_again(request, "", comment) if request.method == "POST" else None,
        }
        return render(request, "task.html", status_code=wrong.status if wrong else 200, **context)


def _confirmed_again(request: Request, verdict: str, comment: str) -> Again:
    return Again(f"/tasks/{request.path_params['task_id']}/confirm", [("verdict", verdict), ("comment", comment)])


def _verdict(form: FormData) -> Verdict:
    """Returns what was decided. Raises InvalidRequest where the form does not say, which is no rejection."""
    try:
        return Verdict(str(form.get("verdict", "")))
    except ValueError:
        raise InvalidRequest([("verdict", "请选择通过或不予通过", "Choose to approve or to reject")]) from None
