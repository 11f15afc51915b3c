"""Pages that sign in at identity: /sign-in, /sign-in/callback, /sign-out, and /backchannel-logout for identity."""

import asyncio
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from pingshan_values.actor import Actor
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_kit.auth.attempts import Attempts
from pingshan_kit.auth.guard import here, is_form, local_path
from pingshan_kit.auth.page_sessions import PageSession, PageSessions
from pingshan_kit.auth.relying_party import Attempt, RelyingParty
from pingshan_kit.errors import SignInFailed, Unauthenticated, Unavailable
from pingshan_kit.fetch_metadata import is_script
from pingshan_kit.logging import log
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.site import site_of
from pingshan_kit.storage.database import Database
from pingshan_kit.trust import trust_of
from pingshan_kit.trust.jose import TokenRefused

_PATIENCE = 15.0
"""Seconds for which the second of two who come back from identity with the same answer waits for the first."""
_LOOK_SECONDS = 0.1


class PageAuth:
    """Signs people in as a relying party of identity. A page session never outlives the person's session there."""

    returns: Sequence[str] = ()
    """`callback` knows by itself which session an answer has begun."""

    def __init__(self, settings: ServiceSettings, database: Database, scope: str = "openid profile") -> None:
        self._party = RelyingParty(settings, scope)
        self._attempts = Attempts(settings)
        self._sessions = PageSessions(settings, database)
        self._revocations = trust_of(settings).revocations
        self._cookie = f"__Host-pingshan-{settings.service}"
        self.cookies: Sequence[str] = (self._cookie,)
        self._settings = settings
        self.routes: Sequence[BaseRoute] = (
            Route("/sign-in", self.sign_in),
            Route("/sign-in/callback", self.callback),
            Route("/sign-out", self.sign_out, methods=["POST"]),
        )
        self.machine: Sequence[BaseRoute] = (Route("/backchannel-logout", self.backchannel_logout, methods=["POST"]),)
        self._people = trust_of(settings).people

    def sign_in_address(self, request: Request, level: int = 0) -> str:
        asked = ({"level": str(level)} if level else {}) | ({"unsent": "true"} if is_form(request) else {})
        return f"/sign-in?{urlencode({'next': here(request)} | asked)}"

    def another_address(self, request: Request) -> str:
        wanted = getattr(request.state, "wanted", None) or here(request)
        return f"/sign-in?{urlencode({'next': wanted, 'another': 'true'})}"

    async def resolve(self, request: Request) -> Actor | None:
        """Returns the person of this request's cookie; None without a session, or where identity has ended it.

        Raises Unavailable while nobody can say whether the session is alive.
        """
        session = await self._session(request)
        if session is None:
            return None
        try:
            await self._revocations.refuse_dead(session.actor)
        except Unauthenticated:
            await self._sessions.end(request.cookies[self._cookie])
            return None
        return session.actor

    async def sign_in(self, request: Request) -> Response:
        """Redirects to identity; `next` is the page to come back to, `level` the assurance level that it asks for, and
        with `another` identity asks who signs in. With `unsent` a page says first that a form was not sent, since
        who is still signed in at identity comes back without seeing a page of it.

        Raises Unauthenticated for a script, which cannot sign anybody in.
        """
        if is_script(request):
            raise Unauthenticated
        asked = request.query_params
        level = int(asked["level"]) if asked.get("level") in {"1", "2", "3"} else 0
        wanted = local_path(asked.get("next"))
        if "unsent" in asked:
            onward = {"next": wanted} | ({"level": str(level)} if level else {})
            page = site_of(request).templates.get_template("ui/form_not_sent.html")
            return HTMLResponse(page.render(request=request, onward=f"/sign-in?{urlencode(onward)}", level=level))
        return await self._visit(request, self._attempts.begin(wanted, level), another="another" in asked)

    async def _visit(self, request: Request, attempt: Attempt, *, another: bool = False) -> Response:
        language = getattr(request.state, "language", "zh-Hans")
        address = await self._party.authorization_address(attempt, language, another=another)
        response = RedirectResponse(address, 303)
        self._attempts.keep(request, response, attempt)
        return response

    async def callback(self, request: Request) -> Response:
        """Begins a page session by identity's answer and ends the one that this browser had before.

        Where the attempt is not one of this browser's, or was too slow, the answer is not read, and the person visits
        identity once more: who has signed in meanwhile, in another tab, comes back at once.

        Raises SignInFailed, SignInDenied, Unavailable.
        """
        answer = dict(request.query_params)
        attempt = self._attempts.find(request, answer.get("state", ""))
        if attempt is None:
            anew = self._attempts.begin_anew(answer.get("state", ""))
            if anew is None:
                raise SignInFailed("no such attempt in this browser")
            return await self._visit(request, anew)
        request.state.wanted = attempt.next
        await self._begin_once(answer, attempt)
        if request.cookies.get(self._cookie) != attempt.session:
            await self._end_here(request)
        response = RedirectResponse(attempt.next, 303)
        response.set_cookie(self._cookie, attempt.session, secure=True, httponly=True, samesite="lax")
        self._attempts.forget(response, attempt.state)
        return response

    async def _begin_once(self, answer: Mapping[str, str], attempt: Attempt) -> None:
        """Begins the attempt's session; who comes back a second time, at the same time too, finds the first one's.

        A code that comes twice would end its grant, and the first one's session with it (RFC 9700 section 2.1.1).

        Raises what `redeem` raises, and Unavailable where the first takes too long.
        """
        looks = int(_PATIENCE / _LOOK_SECONDS)
        while not await self._sessions.claim(attempt.session):
            if await self._sessions.find(attempt.session) is not None:
                return
            looks -= 1
            if not looks:
                raise Unavailable
            await asyncio.sleep(_LOOK_SECONDS)
        try:
            session = await self._party.redeem(answer, attempt)
            await self._sessions.begin(attempt.session, session)
        except BaseException as error:
            if isinstance(error, SignInFailed):
                log.warning("sign-in.refused", why=error.params["why"])
            await self._sessions.end(attempt.session)
            raise

    async def sign_out(self, request: Request) -> Response:
        """Ends the session here and at identity, which ends it elsewhere; sends the person there where that fails."""
        session = await self._session(request)
        await self._end_here(request)
        address = "/"
        if session is not None:
            try:
                await self._party.end_session(session.id_token)
            except Unavailable:
                address = await self._party.end_session_address()
        response = RedirectResponse(address, 303)
        response.delete_cookie(self._cookie, secure=True, httponly=True, samesite="lax")
        return response

    async def backchannel_logout(self, request: Request) -> Response:
        """Deletes the page sessions that a logout token names (OpenID Connect Back-Channel Logout 1.0).

        Every process has refused them since the stream of identity said so. Answers 400 where the token is refused.
        """
        try:
            form = await request.form()
            claims = await self._people.logout_token_claims(str(form.get("logout_token", "")))
        except TokenRefused as error:
            log.warning("logout-token.refused", why=error.params["why"])
            problem = {"error": "invalid_request", "error_description": f"logout_token: {error.params['why']}"}
            return JSONResponse(problem, 400, {"Cache-Control": "no-store"})
        await self._sessions.end_all(session_id=claims.get("sid"), person_id=claims.get("sub", ""))
        return Response(status_code=200, headers={"Cache-Control": "no-store"})

    async def _session(self, request: Request) -> PageSession | None:
        cookie = request.cookies.get(self._cookie)
        return await self._sessions.find(cookie) if cookie else None

    async def _end_here(self, request: Request) -> None:
        cookie = request.cookies.get(self._cookie)
        if cookie:
            await self._sessions.end(cookie)
