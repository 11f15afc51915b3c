"""Pages of who is signed in, on which administrators end sessions."""

from typing import Any

from pingshan_kit.auth import actor
from pingshan_kit.errors import InvalidRequest
from pingshan_values.errors import DomainError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.access import AdministrativeAct
from pingshan_identity.domain.errors import ReasonRequired, RequestInvalid, SessionNotFound
from pingshan_identity.domain.sessions.session_filter import SessionFilter
from pingshan_identity.entrypoints.sessions.own_sessions import administrators_page
from pingshan_identity.entrypoints.shared import INVALID, page_with, sentences, typed_in
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sessions.end_sessions import EndSessions, end_sessions
from pingshan_identity.usecases.sessions.list_live_sessions import list_live_sessions


class AdminSessions:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [
            Route("/admin/sessions", administrators_page(self._list, AdministrativeAct.LIST_LIVE_SESSIONS)),
            Route(
                "/admin/sessions/end", administrators_page(self._end, AdministrativeAct.END_SESSIONS), methods=["POST"]
            ),
        ]

    async def _list(
        self,
        request: Request,
        *,
        error: DomainError | None = None,
        violations: InvalidRequest | RequestInvalid | None = None,
    ) -> Response:
        query = request.query_params
        wanted = SessionFilter(
            login_name=query.get("q", "").strip().lower()[:100],
            organisation=query.get("organisation", "")[:100],
            client_id=query.get("client_id", "")[:100],
        )
        page = await list_live_sessions(self._deps, actor(request), wanted=wanted, after=query.get("after", "")[:100])
        errors = sentences(request, violations) if violations else []
        context: dict[str, Any] = {"page": page, "wanted": wanted, "errors": errors}
        response = page_with(request, "admin/sessions.html", error, form=await typed_in(request), **context)
        if errors:
            response.status_code = 422
        return response

    async def refused_proposal(self, request: Request, refused: DomainError) -> Response:
        """Shows the page again on which the end of many sessions was proposed and refused."""
        if isinstance(refused, INVALID):
            return await self._list(request, violations=refused)
        return await self._list(request, error=refused)

    async def _end(self, request: Request) -> Response:
        form = await request.form()
        try:
            command = EndSessions(
                session_id=str(form.get("session_id", ""))[:100],
                everything=form.get("scope") == "all",
                reason=str(form.get("reason", "")),
            )
            sign_out = await end_sessions(self._deps, actor(request), command)
        except (ReasonRequired, SessionNotFound) as refused:
            return await self._list(request, error=refused)
        return RedirectResponse(f"/sign-outs/{sign_out}", 303)
