"""Addresses of the pages, and who may open them."""

from collections.abc import Sequence

from pingshan_kit.auth import actor, protect
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_workflow.domain.access import OFFICER, OPERATOR
from pingshan_workflow.entrypoints.case_pages import CasePages
from pingshan_workflow.entrypoints.filing_pages import FilingPages
from pingshan_workflow.entrypoints.task_pages import TaskPages
from pingshan_workflow.usecases.dependencies import Dependencies


def routes(deps: Dependencies) -> Sequence[BaseRoute]:
    filing, tasks, cases = FilingPages(deps), TaskPages(deps), CasePages(deps)
    return [
        Route("/", home),
        Route("/matters", filing.matters),
        Route("/matters/{code}", filing.guide),
        Route("/matters/{code}/apply", protect(filing.apply), methods=["GET", "POST"]),
        Route("/matters/{code}/check", protect(filing.check), methods=["POST"]),
        Route("/matters/{code}/submit", protect(filing.submit), methods=["POST"]),
        Route("/cases", protect(cases.cases), methods=["GET", "POST"]),
        Route("/cases/{case_id}", protect(cases.case)),
        Route("/cases/{case_id}/receipt", protect(cases.receipt)),
        Route("/cases/{case_id}/reveal", protect(cases.reveal), methods=["POST"]),
        Route("/cases/{case_id}/resume", protect(cases.resume, OPERATOR), methods=["POST"]),
        Route("/inbox", protect(tasks.inbox, OFFICER)),
        Route("/tasks/{task_id}", protect(tasks.task, OFFICER)),
        Route("/tasks/{task_id}/confirm", protect(tasks.confirm, OFFICER), methods=["POST"]),
        Route("/tasks/{task_id}/decision", protect(tasks.decide, OFFICER), methods=["POST"]),
    ]


async def home(request: Request) -> Response:
    """Redirects officers to their inbox, everybody else to the matters."""
    return RedirectResponse("/inbox" if actor(request).has(OFFICER) else "/matters", 303)
