"""Pages of cases: list, case, receipt."""

from collections.abc import Mapping
from dataclasses import dataclass

from pingshan_kit.auth import actor
from pingshan_kit.errors import InvalidRequest
from pingshan_ui import render
from starlette.requests import Request
from starlette.responses import Response

from pingshan_workflow.domain import diagram
from pingshan_workflow.domain.access import handles_cases, is_own_case
from pingshan_workflow.domain.case import CaseState, TaskState
from pingshan_workflow.domain.view import CaseView
from pingshan_workflow.entrypoints.timeline import lines
from pingshan_workflow.usecases.dependencies import Dependencies
from pingshan_workflow.usecases.list_cases import list_cases
from pingshan_workflow.usecases.list_deciders import list_deciders
from pingshan_workflow.usecases.list_organisations import list_organisations
from pingshan_workflow.usecases.read_case import read_case
from pingshan_workflow.usecases.reveal_case import RevealCase, reveal_case

_STATES: Mapping[str, CaseState | None] = {"": None, **{state.value: state for state in CaseState}}


@dataclass(frozen=True)
class CasePages:
    deps: Dependencies

    async def cases(self, request: Request) -> Response:
        """Lists cases; a search comes by POST, which keeps credit codes and person numbers out of addresses."""
        query = request.query_params
        search = str((await request.form()).get("q", "")) if request.method == "POST" else ""
        state = query.get("state", "")
        if state not in _STATES:
            raise InvalidRequest([("state", "没有这种状态", "There is no such state")])
        page = await list_cases(
            self.deps,
            actor(request),
            search=search,
            state=_STATES[state],
            page_token=query.get("page_token", ""),
        )
        return render(request, "cases.html", page=page, search=search, state=state)

    async def case(self, request: Request) -> Response:
        found = await read_case(self.deps, actor(request), case_id=request.path_params["case_id"])
        return await self._case(request, found, revealed=is_own_case(actor(request), found.row.applicant_code))

    async def reveal(self, request: Request) -> Response:
        found = await reveal_case(self.deps, actor(request), RevealCase(request.path_params["case_id"]))
        return await self._case(request, found, revealed=True)

    async def receipt(self, request: Request) -> Response:
        found = await read_case(self.deps, actor(request), case_id=request.path_params["case_id"])
        return render(request, "receipt.html", case=found)

    async def _case(self, request: Request, case: CaseView, *, revealed: bool) -> Response:
        person = actor(request)
        states = diagram.node_states(case.definition, [task.row for task in case.tasks], case.entries)
        deciders = {
            task.row.node: await list_deciders(self.deps, person, task=task)
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
            organisations=await list_organisations(self.deps),
            picture=diagram.draw(case.definition, states),
            revealed=revealed,
        )
