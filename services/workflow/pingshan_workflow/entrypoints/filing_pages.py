"""Pages for filing: matters, guide, form, check of the answers, submission."""

from dataclasses import dataclass
from typing import Any

from pingshan_kit.auth import actor
from pingshan_kit.ids import uuid7
from pingshan_ui import render
from pingshan_ui.environment import Again
from pingshan_values.actor import Actor
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pingshan_workflow.domain.access import CLERK
from pingshan_workflow.domain.cases import diagram
from pingshan_workflow.domain.cases.filing import Filing
from pingshan_workflow.domain.definitions.definition import Definition
from pingshan_workflow.domain.errors import ApplicantCodeInvalid, FormInvalid, NotApplicant, NotConfirmed
from pingshan_workflow.entrypoints.forms import Problem, filing_of, hidden_fields, problem, request_id
from pingshan_workflow.usecases.cases.check_filing import check_filing
from pingshan_workflow.usecases.cases.list_organisations import list_organisations
from pingshan_workflow.usecases.cases.submit_case import SubmitCase, submit_case
from pingshan_workflow.usecases.definitions.list_matters import list_matters
from pingshan_workflow.usecases.definitions.read_matter import read_matter
from pingshan_workflow.usecases.dependencies import Dependencies

_CORRECTABLE = (ApplicantCodeInvalid, FormInvalid, NotApplicant)


@dataclass(frozen=True)
class FilingPages:
    deps: Dependencies

    async def matters(self, request: Request) -> Response:
        found = await list_matters(self.deps)
        organisations = await list_organisations(self.deps)
        return render(request, "matters.html", matters=found, organisations=organisations)

    async def guide(self, request: Request) -> Response:
        definition = await self._definition(request)
        organisations = await list_organisations(self.deps)
        picture = diagram.draw(definition, {})
        return render(request, "guide.html", matter=definition, organisations=organisations, picture=picture)

    async def apply(self, request: Request) -> Response:
        """Shows the empty form for GET, and for POST the filled one, to change an answer."""
        definition = await self._definition(request)
        posted = request.method == "POST"
        filing = filing_of(await request.form(), definition) if posted else _empty(definition, actor(request))
        return _form(request, definition, filing)

    async def check(self, request: Request) -> Response:
        definition = await self._definition(request)
        filing = filing_of(await request.form(), definition)
        try:
            checked, definition = await check_filing(self.deps, actor(request), filing=filing)
        except _CORRECTABLE as error:
            return _form(request, definition, filing, problem(request, error))
        return _answers(request, definition, checked, str(uuid7()))

    async def submit(self, request: Request) -> Response:
        definition = await self._definition(request)
        filing = filing_of(await request.form(), definition)
        number = await request_id(request)
        try:
            case_id = await submit_case(self.deps, actor(request), SubmitCase(number, filing))
        except _CORRECTABLE as error:
            return _form(request, definition, filing, problem(request, error))
        except NotConfirmed as error:
            return _answers(request, definition, filing, str(number), problem(request, error))
        return RedirectResponse(f"/cases/{case_id}/receipt", 303)

    async def _definition(self, request: Request) -> Definition:
        return await read_matter(self.deps, code=request.path_params["code"])


def _empty(definition: Definition, person: Actor) -> Filing:
    """Returns the filing to begin with: a person files as agent, a clerk enters who stands at the counter."""
    agent = "" if person.has(CLERK) else person.name or ""
    own = person.act_for[0] if len(person.act_for) == 1 else ""
    return Filing(definition.code, "", own, agent, "", {})


def _form(request: Request, definition: Definition, filing: Filing, wrong: Problem | None = None) -> Response:
    status = wrong.status if wrong else 200
    again = _again(definition, filing, "check" if wrong else "apply") if request.method == "POST" else None
    context: dict[str, Any] = {"matter": definition, "filing": filing, "problem": wrong, "again": again}
    return render(request, "apply.html", status_code=status, **context)


def _again(definition: Definition, filing: Filing, page: str) -> Again:
    return Again(f"/matters/{definition.code}/{page}", list(hidden_fields(filing)))


def _answers(
    request: Request, definition: Definition, filing: Filing, number: str, wrong: Problem | None = None
) -> Response:
    return render(
        request,
        "check.html",
        status_code=wrong.status if wrong else 200,
        matter=definition,
        filing=filing,
        hidden=list(hidden_fields(filing)),
        request_id=number,
        problem=wrong,
        again=None if wrong else _again(definition, filing, "check"),  # may be submitted already: no new request
    )
