"""Pages of the test of a connection, on which an administrator sees which setting of a system is wrong."""

from pingshan_kit.auth import actor
from pingshan_ui import render
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.access import AdministrativeAct
from pingshan_identity.entrypoints.sessions.own_sessions import administrators_page
from pingshan_identity.usecases.clients.begin_connection_test import BeginConnectionTest, begin_connection_test
from pingshan_identity.usecases.clients.read_connection_test import read_connection_test
from pingshan_identity.usecases.dependencies import Dependencies


class AdminConnectionTest:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        path = "/admin/clients/{client_id}/test"
        self.routes: list[BaseRoute] = [
            Route(path, administrators_page(self._show, AdministrativeAct.READ_CONNECTION_TEST)),
            Route(path, administrators_page(self._begin, AdministrativeAct.BEGIN_CONNECTION_TEST), methods=["POST"]),
        ]

    async def _show(self, request: Request) -> Response:
        view = await read_connection_test(self._deps, actor(request), client_id=_client_id(request))
        return render(request, "admin/connection_test.html", view=view, wide=True)

    async def _begin(self, request: Request) -> Response:
        client_id = _client_id(request)
        await begin_connection_test(self._deps, actor(request), BeginConnectionTest(client_id))
        return RedirectResponse(f"/admin/clients/{client_id}/test", 303)


def _client_id(request: Request) -> str:
    return str(request.path_params["client_id"])[:100]
