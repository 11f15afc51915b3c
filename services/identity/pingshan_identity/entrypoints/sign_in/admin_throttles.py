"""The page of who is slowed down, on which the security administrator lifts one wait, or all that are shown."""

from pingshan_kit.auth import actor
from pingshan_values.errors import DomainError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.access import AdministrativeAct
from pingshan_identity.domain.errors import ReasonRequired, ThrottleNotFound
from pingshan_identity.entrypoints.sessions.own_sessions import administrators_page
from pingshan_identity.entrypoints.shared import page_with, typed_in
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sign_in.lift_throttle import LiftThrottle, lift_throttle
from pingshan_identity.usecases.sign_in.list_throttles import MOST, list_throttles

PAGE = "/admin/throttles"


class AdminThrottles:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [
            Route(PAGE, administrators_page(self._list, AdministrativeAct.LIST_THROTTLES)),
            Route(f"{PAGE}/lift", administrators_page(self._lift, AdministrativeAct.LIFT_THROTTLE), methods=["POST"]),
        ]

    async def _list(self, request: Request, *, error: DomainError | None = None) -> Response:
        rows = await list_throttles(self._deps, actor(request))
        lifted = error is None and request.query_params.get("lifted") == "true"
        typed = await typed_in(request)
        return page_with(request, "admin/throttles.html", error, form=typed, rows=rows, most=MOST, lifted=lifted)

    async def _lift(self, request: Request) -> Response:
        form = await request.form()
        keys = tuple(str(key)[:100] for key in form.getlist("key")[:MOST])
        command = LiftThrottle(keys, str(form.get("reason", "")))
        try:
            await lift_throttle(self._deps, actor(request), command)
        except (ReasonRequired, ThrottleNotFound) as refused:
            return await self._list(request, error=refused)
        return RedirectResponse(f"{PAGE}?lifted=true", 303)
