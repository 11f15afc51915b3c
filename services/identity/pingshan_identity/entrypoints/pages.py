"""Identity's own pages: launchpad, account, sign-in record, components."""

from uuid import UUID

from pingshan_kit.auth import actor
from pingshan_ui import render
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.realm import Realm
from pingshan_identity.entrypoints.sessions.own_sessions import forget_session, own_page
from pingshan_identity.entrypoints.sign_out.held_sign_outs import HeldSignOuts
from pingshan_identity.settings import Settings
from pingshan_identity.usecases.audit.list_sign_in_record import list_sign_in_record
from pingshan_identity.usecases.clients.list_systems import list_systems
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.people.read_account import read_account
from pingshan_identity.usecases.sessions.end_own_sessions import end_own_sessions
from pingshan_identity.usecases.sessions.end_session import EndSession, end_session
from pingshan_identity.usecases.sessions.list_own_sessions import list_own_sessions


class Pages:
    def __init__(self, settings: Settings, deps: Dependencies) -> None:
        self._deps = deps
        self._held = HeldSignOuts(settings)
        self.routes: list[BaseRoute] = [
            Route("/", own_page(self._launchpad)),
            Route("/account", own_page(self._account)),
            Route("/account/sessions/end", own_page(self._end_session), methods=["POST"]),
            Route("/account/sessions/end-all", own_page(self._end_all), methods=["POST"]),
            Route("/sign-in-record", own_page(self._record)),
            Route("/components", _components),
        ]

    async def _launchpad(self, request: Request) -> Response:
        search = request.query_params.get("q", "")[:100]
        launchpad = await list_systems(self._deps, actor(request), search=search)
        return render(request, "clients/launchpad.html", launchpad=launchpad, search=search)

    async def _account(self, request: Request) -> Response:
        who = actor(request)
        return render(
            request,
            "account.html",
            account=await read_account(self._deps, who),
            sessions=await list_own_sessions(self._deps, who),
        )

    async def _end_session(self, request: Request) -> Response:
        session_id = str((await request.form()).get("session_id", ""))[:100]
        sign_out_id = await end_session(self._deps, actor(request), EndSession(session_id))
        return self._ended(request, sign_out_id, here=session_id == actor(request).session_id)

    async def _end_all(self, request: Request) -> Response:
        sign_out_id = await end_own_sessions(self._deps, actor(request))
        return self._ended(request, sign_out_id, here=True)

    def _ended(self, request: Request, sign_out_id: UUID | None, *, here: bool) -> Response:
        """Redirects to the board that shows who has confirmed. `here`: the session of this browser is over."""
        response = RedirectResponse("/account" if sign_out_id is None else f"/sign-outs/{sign_out_id}", 303)
        if sign_out_id is not None:
            self._held.keep(request, response, str(sign_out_id))
        realm = actor(request).realm
        if here and realm is not None:
            forget_session(response, Realm(realm))
        return response

    async def _record(self, request: Request) -> Response:
        before = request.query_params.get("before", "")
        page = await list_sign_in_record(
            self._deps,
            actor(request),
            before=int(before) if before.isascii() and before.isdigit() and len(before) < 18 else None,
        )
        return render(request, "audit/sign_in_record.html", page=page, wide=True)


async def _components(request: Request) -> Response:
    return render(request, "ui/showcase.html")
