"""The 25 district systems behind the unified sign-in: a page each, and real OpenID Connect to get there.

A system keeps its sessions in memory. One with back-channel logout is told when a sign-in ends, and can be made to
misbehave then (`district_sessions.Mode`); one without it keeps a session until a token's life is over.
`DistrictSystems.routes` are mounted at `/systems`.
"""

import asyncio
import hmac
import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from pingshan_ui import render
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_simulators.district_sessions import Kept, Mode, Session, Sessions
from pingshan_simulators.relying_party import Attempt, RelyingParty, SignInFailed

_ATTEMPT_LIFE = 900.0
_SESSION_LIFE = 600.0
"""Seconds; as long as an access token lives."""
_SLOW = 10.0
Endpoint = Callable[[Request, "System"], Awaitable[Response]]


@dataclass(frozen=True)
class System:
    code: str
    zh: str
    en: str
    owner_zh: str
    owner_en: str
    backchannel_logout: bool


class DistrictSystems:
    def __init__(self, *, origin: str, issuer: str, secrets_file: Path) -> None:
        """Takes this process's origin, as browsers see it; identity's seed writes `secrets_file`."""
        self._origin = origin
        self._issuer = issuer
        self._secrets_file = secrets_file
        self._systems = {system.code: system for system in _read()}
        self._attempts: Kept[Attempt] = Kept(_ATTEMPT_LIFE)
        self._sessions = Sessions(_SESSION_LIFE)
        self._modes: dict[str, Mode] = {}
        self.routes: list[BaseRoute] = [
            Route("/", self._index),
            Route("/{code}/", self._of(self._home)),
            Route("/{code}/sign-in", self._of(self._sign_in)),
            Route("/{code}/sign-in/callback", self._of(self._callback)),
            Route("/{code}/sign-out", self._of(self._sign_out), methods=["POST"]),
            Route("/{code}/signed-out", self._of(self._signed_out)),
            Route("/{code}/backchannel-logout", self._of(self._told), methods=["POST"]),
            Route("/{code}/mode", self._of(self._choose), methods=["POST"]),
        ]

    async def run(self) -> None:
        """Does nothing: the systems only answer."""

    def close(self) -> None:
        """Closes nothing, as sessions live in memory only."""

    def _of(self, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def of_system(request: Request) -> Response:
            system = self._systems.get(request.path_params["code"])
            if system is None:
                raise HTTPException(HTTPStatus.NOT_FOUND)
            try:
                return await endpoint(request, system)
            except SignInFailed as error:
                return render(
                    request, "district_failed.html", status_code=HTTPStatus.BAD_GATEWAY, system=system, why=str(error)
                )

        return of_system

    async def _index(self, request: Request) -> Response:
        modes = {code: self._modes.get(code, Mode.HONEST) for code in self._systems}
        return render(
            request, "district_systems.html", systems=self._systems.values(), modes=modes, all_modes=list(Mode)
        )

    async def _choose(self, request: Request, system: System) -> Response:
        """Chooses how the system behaves when it is told of a sign-out."""
        try:
            self._modes[system.code] = Mode(str((await request.form()).get("mode", "")))
        except ValueError as error:
            raise HTTPException(HTTPStatus.BAD_REQUEST) from error
        return RedirectResponse("/systems/", 303)

    async def _told(self, request: Request, system: System) -> Response:
        """Answers a back-channel logout, by which the issuer says that a sign-in ended."""
        mode = self._modes.get(system.code, Mode.HONEST)
        if mode is Mode.AWAY:
            return Response(status_code=HTTPStatus.SERVICE_UNAVAILABLE)
        if mode is Mode.SLOW:
            await asyncio.sleep(_SLOW)
        if mode is Mode.REFUSES:
            return JSONResponse({"error": "invalid_request"}, HTTPStatus.BAD_REQUEST)
        try:
            token = str((await request.form()).get("logout_token", ""))
            claims = await self._party(system).logout_claims(token)
        except SignInFailed as error:
            return JSONResponse({"error": "invalid_request", "error_description": str(error)}, HTTPStatus.BAD_REQUEST)
        if mode is not Mode.FORGETS:
            self._sessions.end(system.code, session_id=claims.get("sid"), person_id=claims.get("sub"))
        return Response(status_code=HTTPStatus.OK, headers={"Cache-Control": "no-store"})

    async def _home(self, request: Request, system: System) -> Response:
        session = self._sessions.get(system.code, request.cookies.get(_cookie(system)))
        if session is None:
            return RedirectResponse(f"/systems/{system.code}/sign-in", 303)
        request.state.csrf_token = session.csrf_token
        return render(request, "district_home.html", system=system, claims=session.tokens.claims)

    async def _sign_in(self, request: Request, system: System) -> Response:
        attempt = Attempt()
        language = str(request.state.language)
        response = RedirectResponse(await self._party(system).authorization_address(attempt, language), 303)
        browser = secrets.token_urlsafe(32)
        self._attempts.put(system.code, browser, attempt)
        _keep(response, f"{_cookie(system)}-attempt", browser)
        return response

    async def _callback(self, request: Request, system: System) -> Response:
        attempt = self._attempts.take(system.code, request.cookies.get(f"{_cookie(system)}-attempt"))
        answer = request.query_params
        if attempt is None or not hmac.compare_digest(answer.get("state", "").encode(), attempt.state.encode()):
            raise SignInFailed("this browser did not begin the sign-in, or it took too long")
        if answer.get("iss") != self._issuer:
            raise SignInFailed("the answer is of another issuer")
        if "code" not in answer:
            raise SignInFailed(f"identity: {answer.get('error', 'no code')}")
        tokens = await self._party(system).redeem(answer["code"], attempt)
        cookie = secrets.token_urlsafe(32)
        self._sessions.put(system.code, cookie, Session(tokens, secrets.token_urlsafe(16)))
        response = RedirectResponse(f"/systems/{system.code}/", 303)
        _keep(response, _cookie(system), cookie)
        return response

    async def _sign_out(self, request: Request, system: System) -> Response:
        cookie = request.cookies.get(_cookie(system))
        session = self._sessions.get(system.code, cookie)
        given = str((await request.form()).get("csrf_token", ""))
        if session is not None:
            if not hmac.compare_digest(given.encode(), session.csrf_token.encode()):
                raise HTTPException(HTTPStatus.FORBIDDEN)
            await self._party(system).end_session(session.tokens.id_token)
            self._sessions.take(system.code, cookie)
        return RedirectResponse(f"/systems/{system.code}/signed-out", 303)

    async def _signed_out(self, request: Request, system: System) -> Response:
        return render(request, "district_signed_out.html", system=system)

    def _party(self, system: System) -> RelyingParty:
        """Returns the client; reads its secret each time, as identity's seed may come later than this process."""
        try:
            secret = json.loads(self._secrets_file.read_text("utf-8"))["clients"][system.code]
        except (OSError, KeyError) as error:
            raise SignInFailed("identity has not been seeded yet") from error
        redirect_uri = f"{self._origin}/systems/{system.code}/sign-in/callback"
        return RelyingParty(self._issuer, system.code, secret, redirect_uri)


def _read() -> list[System]:
    text = (Path(__file__).parent / "data" / "district_systems.json").read_text("utf-8")
    return [System(**each) for each in json.loads(text)["systems"]]


def _cookie(system: System) -> str:
    return f"__Host-pingshan-system-{system.code}"


def _keep(response: Response, name: str, value: str) -> None:
    response.set_cookie(name, value, secure=True, httponly=True, samesite="lax")
