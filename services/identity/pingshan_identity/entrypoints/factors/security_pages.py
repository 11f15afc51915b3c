"""Pages of one's own password, authenticator and recovery codes; passkeys have their own."""

from typing import Any

from pingshan_kit.auth import actor
from pingshan_ui import render
from pingshan_values.errors import DomainError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.errors import (
    BreachedPassword,
    FactorsOutOfReach,
    LastFactor,
    NoSuchFactor,
    PasswordTooShort,
    SamePassword,
    SignInAttemptExpired,
    SignInBusy,
    SignInRefused,
    SignInThrottled,
    SignInTooOld,
)
from pingshan_identity.entrypoints.factors.second_factor_pages import NEW_PASSWORD
from pingshan_identity.entrypoints.sessions.own_sessions import browser_of, own_page, visitor_of
from pingshan_identity.entrypoints.shared import page_with
from pingshan_identity.entrypoints.sign_in.shared import continuation_of, go_on, login_hint_of, restart
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.factors.change_password import ChangePassword, change_password
from pingshan_identity.usecases.factors.read_security import read_security
from pingshan_identity.usecases.factors.remove_totp import remove_totp
from pingshan_identity.usecases.factors.renew_recovery_codes import renew_recovery_codes
from pingshan_identity.usecases.factors.set_new_password import SetNewPassword, set_new_password
from pingshan_identity.usecases.sign_in.read_sign_in_attempt import read_sign_in_attempt

PAGE = "/account/security"
_PASSWORD_REFUSALS = (BreachedPassword, PasswordTooShort, SamePassword, SignInBusy, SignInRefused, SignInThrottled)
_REFUSALS = (*_PASSWORD_REFUSALS, FactorsOutOfReach, LastFactor, NoSuchFactor, SignInTooOld)


class SecurityPages:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [
            Route(PAGE, own_page(self._show)),
            Route(f"{PAGE}/password", own_page(self._password), methods=["POST"]),
            Route(f"{PAGE}/recovery-codes", own_page(self._recovery_codes), methods=["POST"]),
            Route(f"{PAGE}/totp/remove", own_page(self._remove_totp), methods=["POST"]),
            Route(NEW_PASSWORD, self._new_password, methods=["GET", "POST"]),
        ]

    async def _show(self, request: Request, error: DomainError | None = None, **context: Any) -> Response:
        security = await read_security(self._deps, actor(request))
        done = request.query_params.get("done") == "password"
        return page_with(request, "factors/security.html", error, security=security, done=done, **context)

    async def _password(self, request: Request) -> Response:
        form = await request.form()
        try:
            command = ChangePassword(
                current=str(form.get("current", "")),
                new=str(form.get("new", "")),
                end_others=form.get("end_others") == "true",
            )
            await change_password(self._deps, actor(request), command)
        except _REFUSALS as refused:
            return await self._show(request, refused)
        return RedirectResponse(f"{PAGE}?done=password", 303)

    async def _recovery_codes(self, request: Request) -> Response:
        try:
            codes = await renew_recovery_codes(self._deps, actor(request))
        except _REFUSALS as refused:
            return await self._show(request, refused)
        return render(request, "factors/recovery_codes.html", codes=codes, further=PAGE)

    async def _remove_totp(self, request: Request) -> Response:
        try:
            await remove_totp(self._deps, actor(request))
        except _REFUSALS as refused:
            return await self._show(request, refused)
        return RedirectResponse(PAGE, 303)

    async def _new_password(self, request: Request) -> Response:
        """Sets a new password within a sign-in, where somebody else knows the old one."""
        attempt = request.query_params.get("attempt", "")
        error: DomainError | None = None
        try:
            state = await read_sign_in_attempt(self._deps, attempt=attempt, browser=browser_of(request))
            if request.method == "POST":
                command = SetNewPassword(
                    attempt=attempt,
                    password=str((await request.form()).get("new", "")),
                    visitor=visitor_of(request, state.attempt.realm),
                )
                outcome = await set_new_password(self._deps, command)
                return go_on(state.attempt.realm, outcome, continuation_of(request), login_hint_of(request))
        except SignInAttemptExpired:
            return restart(request)
        except _PASSWORD_REFUSALS as refused:
            error = refused
        return page_with(request, "factors/new_password.html", error, query=request.url.query)
