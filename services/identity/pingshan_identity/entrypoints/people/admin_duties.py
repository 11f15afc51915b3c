"""The page of the separated duties, for the three kinds of administrators."""

from pingshan_kit.auth import actor
from pingshan_ui import render
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.access import AdministrativeAct
from pingshan_identity.entrypoints.sessions.own_sessions import administrators_page
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.people.read_duties import read_duties


class AdminDuties:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [
            Route("/admin/duties", administrators_page(self._show, AdministrativeAct.READ_DUTIES))
        ]

    async def _show(self, request: Request) -> Response:
        return render(request, "admin/duties.html", view=await read_duties(self._deps, actor(request)))
