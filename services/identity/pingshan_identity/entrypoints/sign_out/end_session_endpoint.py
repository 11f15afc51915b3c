"""The endpoint at which a relying party asks for the end of a session (RP-Initiated Logout section 2)."""

from pingshan_values.actor import ANONYMOUS
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.errors import SignOutRequestInvalid
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.entrypoints.oauth.shared import form_pairs, query_pairs
from pingshan_identity.entrypoints.sessions.own_sessions import session_cookies
from pingshan_identity.entrypoints.sign_out.asked_sign_outs import AskedSignOuts
from pingshan_identity.entrypoints.sign_out.held_sign_outs import HeldSignOuts
from pingshan_identity.entrypoints.sign_out.sign_out_pages import signed_out_page
from pingshan_identity.settings import Settings
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sessions.end_session import EndSession, end_session
from pingshan_identity.usecases.sign_out.plan_sign_out import plan_sign_out, read_sign_out_request


class EndSessionEndpoint:
    def __init__(self, settings: Settings, deps: Dependencies) -> None:
        self._deps = deps
        self._held = HeldSignOuts(settings)
        self._asked = AskedSignOuts(settings)
        self.routes: list[BaseRoute] = [Route("/end-session", self._end_session, methods=["GET", "POST"])]

    async def _end_session(self, request: Request) -> Response:
        asked, hinted = read_sign_out_request(self._deps.signer, await _parameters(request))
        plan = await plan_sign_out(self._deps, request=asked, hinted=hinted, cookies=session_cookies(request))
        sign_out_id = None
        if plan.session_id is not None and plan.confirmed:
            sign_out_id = await end_session(self._deps, ANONYMOUS, EndSession(plan.session_id))
        # No session cookie comes with a foreign POST (SameSite=Lax), so that only a GET knows whether somebody is
        # signed in here; the ID token stays out of the address.
        unanswered = plan.session_id is not None and not plan.confirmed
        if unanswered or (sign_out_id is None and request.method == "POST"):
            return RedirectResponse(self._asked.question(asked), 303)
        response = RedirectResponse(plan.continue_at or signed_out_page(sign_out_id), 303)
        if sign_out_id is not None:
            self._held.keep(request, response, str(sign_out_id))
        return response


async def _parameters(request: Request) -> Parameters:
    try:
        return Parameters(await form_pairs(request) if request.method == "POST" else query_pairs(request))
    except OAuthError as error:
        raise SignOutRequestInvalid(why=error.description) from error
