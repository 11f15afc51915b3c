"""Pages of the operators' console: hotspots, live sessions, controllers."""

from typing import Any
from uuid import UUID

from pingshan_kit.auth import actor, protect
from pingshan_kit.errors import NotFound, merged, refusal
from pingshan_kit.paging import PAGE_SIZE
from pingshan_ui import render
from pingshan_ui.environment import Said, language
from pingshan_values.errors import DomainError
from pingshan_values.street import Street
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_wifi_portal.domain.access import OPERATOR
from pingshan_wifi_portal.domain.errors import LimitNotFound, ReasonRequired
from pingshan_wifi_portal.entrypoints.errors import ERRORS
from pingshan_wifi_portal.usecases.captive.lift_limit import LiftLimit, lift_limit
from pingshan_wifi_portal.usecases.captive.list_limits import MOST, list_limits
from pingshan_wifi_portal.usecases.dependencies import Dependencies
from pingshan_wifi_portal.usecases.network.find_hotspots import find_hotspots
from pingshan_wifi_portal.usecases.network.get_hotspot import get_hotspot
from pingshan_wifi_portal.usecases.network.list_access_points import list_access_points
from pingshan_wifi_portal.usecases.network.show_controllers import show_controllers
from pingshan_wifi_portal.usecases.sessions import list_live_sessions as live
from pingshan_wifi_portal.usecases.sessions.end_session import EndSession, end_session


def routes(deps: Dependencies) -> list[BaseRoute]:
    pages = ConsolePages(deps)
    return [
        Route("/console", protect(pages.hotspots, OPERATOR)),
        Route("/console/hotspots/{hotspot_id}", protect(pages.hotspot, OPERATOR)),
        Route("/console/sessions", protect(pages.sessions, OPERATOR)),
        Route("/console/sessions/{session_id}/end", protect(pages.end, OPERATOR), methods=["POST"]),
        Route("/console/controllers", protect(pages.controllers, OPERATOR)),
        Route("/console/limits", protect(pages.limits, OPERATOR)),
        Route("/console/limits/lift", protect(pages.lift, OPERATOR), methods=["POST"]),
    ]


class ConsolePages:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def hotspots(self, request: Request) -> Response:
        query = request.query_params
        street = query.get("street", "")
        page = await find_hotspots(
            self._deps,
            actor(request),
            search=query.get("q", ""),
            street=street if street in set(Street) else "",
            number=_number(request),
        )
        return render(
            request, "console/hotspots.html", page=page, street=street, streets=_streets(request), tab="hotspots"
        )

    async def hotspot(self, request: Request) -> Response:
        deps, hotspot_id = self._deps, request.path_params["hotspot_id"]
        hotspot = await get_hotspot(deps, actor(request), hotspot_id=hotspot_id)
        points = await list_access_points(deps, actor(request), hotspot_id=hotspot.hotspot_id)
        sessions, total = await live.list_live_sessions(deps, actor(request), hotspot_id=hotspot.hotspot_id)
        context: dict[str, Any] = {"hotspot": hotspot, "points": points, "sessions": sessions, "total": total}
        return render(request, "console/hotspot.html", tab="hotspots", streets=_streets(request), **context)

    async def sessions(self, request: Request) -> Response:
        number = _number(request)
        sessions, total = await live.list_live_sessions(self._deps, actor(request), number=number)
        last = max(1, -(-total // PAGE_SIZE))
        context: dict[str, Any] = {"sessions": sessions, "total": total, "number": number, "last": last}
        requested = request.query_params.get("disconnect") == "requested"
        return render(request, "console/sessions.html", tab="sessions", disconnect_requested=requested, **context)

    async def end(self, request: Request) -> Response:
        try:
            session_id = UUID(request.path_params["session_id"])
        except ValueError as error:
            raise NotFound from error
        await end_session(self._deps, actor(request), EndSession(session_id))
        return RedirectResponse("/console/sessions?disconnect=requested", 303)

    async def controllers(self, request: Request) -> Response:
        now = await show_controllers(self._deps, actor(request))
        return render(request, "console/controllers.html", tab="controllers", now=now, streets=_streets(request))

    async def limits(self, request: Request, *, error: DomainError | None = None) -> Response:
        rows = await list_limits(self._deps, actor(request))
        refused = refusal(error, merged(ERRORS)) if error else None
        sentence = Said(request, refused.sentence) if refused else ""
        return render(
            request,
            "console/limits.html",
            status_code=refused.http if refused else 200,
            form=await request.form() if refused else None,
            said={"reason": sentence} if isinstance(error, ReasonRequired) else None,
            tab="limits",
            rows=rows,
            most=MOST,
            error=sentence,
            lifted=error is None and request.query_params.get("lifted") == "true",
        )

    async def lift(self, request: Request) -> Response:
        form = await request.form()
        try:
            keys = tuple(str(key)[:100] for key in form.getlist("key")[:MOST])
            command = LiftLimit(keys, str(form.get("reason", "")))
            await lift_limit(self._deps, actor(request), command)
        except (LimitNotFound, ReasonRequired) as error:
            return await self.limits(request, error=error)
        return RedirectResponse("/console/limits?lifted=true", 303)


def _streets(request: Request) -> dict[str, str]:
    """Returns the names of streets by code, in the page's language."""
    english = language(request) == "en"
    return {street.value: street.en if english else street.zh for street in Street}


def _number(request: Request) -> int:
    text = request.query_params.get("page", "1")
    return max(1, int(text)) if text.isdecimal() and len(text) < 6 else 1
