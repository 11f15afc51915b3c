"""Pages of cases: list, case, receipt."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pingshan_kit.auth import actor
from pingshan_kit.errors import InvalidRequest
from pingshan_ui import render
from pingshan_ui.environment import Again
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pingshan_workflow.domain.access import OPERATOR, handles_cases
from pingshan_workflow.domain.cases import diagram
from pingshan_workflow.domain.cases.case import CaseState, TaskState
from pingshan_workflow.domain.cases.view import CaseView
from pingshan_workflow.entrypoints.timeline import lines
from pingshan_workflow.usecases.cases.list_cases import list_cases
from pingshan_workflow.usecases.cases.list_organisations import list_organisations
from pingshan_workflow.usecases.cases.read_case import read_case
from pingshan_workflow.usecases.cases.resume_case import ResumeCase, resume_case
from pingshan_workflow.usecases.cases.reveal_case import RevealCase, reveal_case
from pingshan_workflow.usecases.dependencies import Dependencies
from pingshan_workflow.usecases.tasks.list_deciders import list_deciders

_STATES: Mapping[str, CaseState | None] = {"": None, **{state.value: state for state in CaseState}}


@dataclass(frozen=True)
class CasePages:
    deps: Dependencies

    async def cases(self, request: Request) -> Response:
        """Lists cases; a search comes by POST, which keeps credit codes and person numbers out of addresses."""
        query = request.query_params
        asked = await request.form() if request.method == "POST" else query
        search = str(asked.get("q", "")) if request.method == "POST" else ""
        state, page_token = query.get("state", ""), str(asked.get("page_token", ""))
        if state not in _STATES:
            raise InvalidRequest([("state", "没有这种状态", "There is no such state")])
        page = await list_cases(
            self.deps,
            actor(request),
            search=search,
            state=_STATES[state],
            page_token=page_token,
        )
        again = Again("/cases", [("q", search), ("page_token", page_token)]) if search else None
        context: dict[str, Any] = {
            "page": page,
            "search": search,
            "state": state,
            "page_token": page_token,
            "again": again,
        }
        return render(request, "cases.html", **context)

    async def case(self, request: Request) -> Response:
        return await self._case(request, await self._read(request))

    async def reveal(self, request: Request) -> Response:
        found = await reveal_case(self.deps, actor(request), RevealCase(request.path_params["case_id"]))
        return await self._case(request, found)

    async def resume(self, request: Request) -> Response:
        case_id = request.path_params["case_id"]
        await resume_case(self.deps, actor(request), ResumeCase(case_id))
        return RedirectResponse(f"/cases/{case_id}", 303)

    async def receipt(self, request: Request) -> Response:
        return render(request, "receipt.html", case=await self._read(request))

    async def _read(self, request: Request) -> CaseView:
        return await read_case(self.deps, actor(request), case_id=request.path_params["case_id"])

    async def _case(self, request: Request, case: CaseView) -> Response:
        person = actor(request)
        states = diagram.node_states(case.definition, [task.row for task in case.tasks], case.entries)
        deciders = {
            task.row.node: await list_deciders(self.deps, person, task=task, case=case)
            for task in case.tasks
            if task.row.state is TaskState.OPEN
        }
        return render(
            request,
            "case.html",
            case=case,
            deciders=deciders,
            entries=lines(case),
            is_staff=handles_cases(person),
            may_resume=person.has(OPERATOR),
            organisations=await list_organisations(self.deps),
            picture=diagram.draw(case.definition, states),
        )
