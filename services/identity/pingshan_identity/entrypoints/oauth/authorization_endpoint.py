"""The authorization endpoint (RFC 6749 section 3.1, OpenID Connect Core section 3.1.2), which browsers visit."""

from urllib.parse import urlencode

from pingshan_values.errors import DomainError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.errors import ClientMissing
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.entrypoints.oauth.answers import to_client
from pingshan_identity.entrypoints.oauth.shared import form_pairs, refused_with_way_back
from pingshan_identity.entrypoints.oauth.trail import note_answer, note_refusal
from pingshan_identity.entrypoints.sessions.own_sessions import PROVE_NAME, SIGN_IN_PAGES, STEP_UP, session_cookies
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.authorization_outcomes import BackToClient, ConsentNeeded, SignInNeeded
from pingshan_identity.usecases.oauth.authorize import Authorize, authorize


class AuthorizationEndpoint:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [
            Route("/authorize", refused_with_way_back(self._authorize, deps), methods=["GET", "POST"]),
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
                return to_client(request, outcome)
            case SignInNeeded():
                return RedirectResponse(_sign_in_address(outcome), 303)
            case ConsentNeeded():
                return RedirectResponse(outcome.address, 303)


async def _again_by_get(request: Request) -> Response:
    """Redirects to the same request by GET, since the session cookie comes with no foreign POST (SameSite=Lax).

    Raises ClientMissing where the body is no form, and so names no client.
    """
    try:
        return RedirectResponse(f"/authorize?{urlencode(await form_pairs(request))}", 303)
    except OAuthError as error:
        raise ClientMissing from error


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
