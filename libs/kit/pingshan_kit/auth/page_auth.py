"""Pages that sign in at identity: /sign-in, /sign-in/callback, /sign-out, and /backchannel-logout for identity."""

from collections.abc import Sequence
from urllib.parse import urlencode

from pingshan_values.actor import Actor
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_kit.auth.attempts import Attempts
from pingshan_kit.auth.guard import here, local_path
from pingshan_kit.auth.page_sessions import PageSession, PageSessions
from pingshan_kit.auth.relying_party import RelyingParty
from pingshan_kit.errors import SignInFailed, Unauthenticated, Unavailable
from pingshan_kit.fetch_metadata import is_script
from pingshan_kit.logging import log
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.storage.database import Database
from pingshan_kit.trust import trust_of
from pingshan_kit.trust.jose import TokenRefused


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
        asked = {"level": str(level)} if level else {}
        return f"/sign-in?{urlencode({'next': here(request)} | asked)}"

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
        """Redirects to identity; `next` is the page to come back to, `level` the assurance level that it asks for.

        Raises Unauthenticated for a script, which cannot sign anybody in.
        """
        if is_script(request):
            raise Unauthenticated
        asked = request.query_params.get("level", "")
        level = int(asked) if asked in {"1", "2", "3"} else 0
        attempt = self._attempts.begin(local_path(request.query_params.get("next")), level)
        language = getattr(request.state, "language", "zh-Hans")
        response = RedirectResponse(await self._party.authorization_address(attempt, language), 303)
        self._attempts.keep(request, response, attempt)
        return response

    async def callback(self, request: Request) -> Response:
        """Begins a page session by identity's answer and ends the one that this browser had before.

        Raises SignInFailed, SignInDenied, Unavailable.
        """
        answer = dict(request.query_params)
        attempt = self._attempts.find(request, answer.get("state", ""))
        if attempt is None:
            raise SignInFailed("no such attempt in this browser")
        try:
            session = await self._party.redeem(answer, attempt)
        except SignInFailed as error:
            log.warning("sign-in.refused", why=error.params["why"])
            raise
        await self._end_here(request)
        cookie = await self._sessions.begin(session)
        response = RedirectResponse(attempt.next, 303)
        response.set_cookie(self._cookie, cookie, secure=True, httponly=True, samesite="lax")
        self._attempts.forget(response, attempt.state)
        return response

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
