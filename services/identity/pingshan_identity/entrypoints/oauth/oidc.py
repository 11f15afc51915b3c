"""OAuth and OpenID Connect endpoints for browsers and access tokens; each authenticates its callers itself."""

from urllib.parse import parse_qsl, urlencode

from pingshan_values.actor import ANONYMOUS
from pingshan_values.errors import DomainError
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.clients.connection_test import Step
from pingshan_identity.domain.errors import ClientUnknown
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.entrypoints.oauth.shared import answering, form_pairs, proven_key
from pingshan_identity.entrypoints.oauth.trail import note, note_answer, note_refusal
from pingshan_identity.entrypoints.sessions.own_sessions import PROVE_NAME, SIGN_IN_PAGES, STEP_UP, session_cookies
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.authorize import Authorize, BackToClient, ConsentNeeded, SignInNeeded, authorize
from pingshan_identity.usecases.oauth.read_userinfo import read_userinfo
from pingshan_identity.usecases.sessions.end_session import EndSession, end_session
from pingshan_identity.usecases.sign_out.plan_sign_out import plan_sign_out

_KEPT_WHILE_ASKING = frozenset({"client_id", "post_logout_redirect_uri", "state"})


class Oidc:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [
            Route("/authorize", self._authorize, methods=["GET", "POST"]),
            Route("/userinfo", answering(self._userinfo), methods=["GET", "POST"]),
            Route("/end-session", answering(self._end_session), methods=["GET", "POST"]),
        ]

    async def _authorize(self, request: Request) -> Response:
        if request.method == "POST":
            return await _again_by_get(request)
        try:
            outcome = await authorize(self._deps, Authorize(request.url.query, session_cookies(request)))
        except DomainError as error:
            await note_refusal(self._deps, request.url.query, error)
            raise
        await note_answer(self._deps, request.url.query, outcome)
        match outcome:
            case BackToClient():
                return RedirectResponse(outcome.location, 303)
            case SignInNeeded():
                return RedirectResponse(_sign_in_address(outcome), 303)
            case ConsentNeeded():
                query = {"client_id": outcome.client_id, "request_uri": outcome.request_uri}
                return RedirectResponse(f"/consent?{urlencode(query)}", 303)

    async def _userinfo(self, request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() not in {"bearer", "dpop"} or not token:
            raise OAuthError("invalid_token", "an access token is required in the Authorization header")
        client_id, claims = await read_userinfo(
            self._deps,
            access_token=token,
            jkt=await proven_key(request, self._deps, token) if scheme.lower() == "dpop" else None,
        )
        await note(self._deps, client_id, Step.USERINFO)
        return JSONResponse(claims)

    async def _end_session(self, request: Request) -> Response:
        pairs = await form_pairs(request) if request.method == "POST" else parse_qsl(request.url.query)
        plan = await plan_sign_out(self._deps, parameters=Parameters(pairs), cookies=session_cookies(request))
        if plan.session_id is not None and not plan.confirmed:
            kept = [(name, value) for name, value in pairs if name in _KEPT_WHILE_ASKING]
            return RedirectResponse(f"/sign-out?{urlencode(kept)}", 303)
        if plan.session_id is not None:
            await end_session(self._deps, ANONYMOUS, EndSession(plan.session_id))
        return RedirectResponse(plan.continue_at or "/signed-out", 303)


async def _again_by_get(request: Request) -> Response:
    """Redirects to the same request by GET, since the session cookie comes with no foreign POST (SameSite=Lax).

    Raises ClientUnknown where the body is no form, and so names no client.
    """
    try:
        return RedirectResponse(f"/authorize?{urlencode(await form_pairs(request))}", 303)
    except OAuthError as error:
        raise ClientUnknown from error


def _sign_in_address(needed: SignInNeeded) -> str:
    query = {"continue": needed.continuation}
    if needed.login_hint:
        query["login_hint"] = needed.login_hint
    if needed.ui_locales:
        query["language"] = _language(needed.ui_locales)
    if needed.real_name:
        return f"{PROVE_NAME}?{urlencode(query)}"
    if needed.step_up:
        return f"{STEP_UP}?{urlencode(query)}"
    return f"{SIGN_IN_PAGES[needed.realms[0]]}?{urlencode(query)}"


def _language(ui_locales: str) -> str:
    """Returns the first of the client's languages (BCP 47) that our pages have, else Chinese."""
    spoken = {"zh": "zh-Hans", "en": "en"}
    primary = (tag.partition("-")[0].lower() for tag in ui_locales.split())
    return next((spoken[tag] for tag in primary if tag in spoken), "zh-Hans")
