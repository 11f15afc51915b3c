"""Pages of signing out in the browser."""

from urllib.parse import urlencode
from uuid import UUID

from pingshan_ui import render
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.clients.redirect_uri import origin_of
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_out.sign_out_plan import SignOutPlan
from pingshan_identity.entrypoints.sessions.own_sessions import forget_session, let_follow, session_cookies
from pingshan_identity.entrypoints.sign_out.asked_sign_outs import AskedSignOuts
from pingshan_identity.entrypoints.sign_out.held_sign_outs import HeldSignOuts
from pingshan_identity.settings import Settings
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sessions.end_session import EndSession, end_session
from pingshan_identity.usecases.sign_out.plan_sign_out import plan_sign_out


class SignOutPages:
    def __init__(self, settings: Settings, deps: Dependencies) -> None:
        self._deps = deps
        self._held = HeldSignOuts(settings)
        self._asked = AskedSignOuts(settings)
        self.routes: list[BaseRoute] = [
            Route("/sign-out", self._ask, methods=["GET"]),
            Route("/sign-out", self._sign_out, methods=["POST"]),
            Route("/signed-out", self._signed_out),
        ]

    async def _ask(self, request: Request) -> Response:
        """Asks the person, where no relying party proved that it means this session, and says where they get to."""
        plan = await self._plan(request)
        if plan.session_id is None:
            return RedirectResponse(plan.continue_at or "/signed-out", 303)
        response = render(request, "sign_out/sign_out.html", back_to=plan.client if plan.continue_at else None)
        let_follow(request, response, origin_of(plan.continue_at) if plan.continue_at else None)
        return response

    async def _sign_out(self, request: Request) -> Response:
        plan = await self._plan(request)
        sign_out_id = None
        if plan.session_id is not None:
            sign_out_id = await end_session(self._deps, request.state.actor, EndSession(plan.session_id))
        response = RedirectResponse(plan.continue_at or signed_out_page(sign_out_id), 303)
        if sign_out_id is not None:
            self._held.keep(request, response, str(sign_out_id))
        if request.state.actor.realm is not None:
            forget_session(response, Realm(request.state.actor.realm))
        return response

    async def _plan(self, request: Request) -> SignOutPlan:
        return await plan_sign_out(self._deps, request=self._asked.of(request), cookies=session_cookies(request))

    async def _signed_out(self, request: Request) -> Response:
        """Shows the way to the board to the browser that asked for it, and says where somebody is still signed in."""
        sign_out_id = request.query_params.get("sign-out", "")
        held = sign_out_id if sign_out_id in self._held.of(request) else ""
        return render(request, "sign_out/signed_out.html", sign_out_id=held)


def signed_out_page(sign_out_id: UUID | None) -> str:
    """Returns the address of our own page after a sign-out, which leads on to its board; None where nothing ended."""
    return "/signed-out" if sign_out_id is None else f"/signed-out?{urlencode({'sign-out': str(sign_out_id)})}"
