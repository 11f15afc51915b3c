"""Pages of the second step of a sign-in: what is missing for the level that is needed."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from pingshan_ui import render
from pingshan_values.actor import ANONYMOUS, Actor
from pingshan_values.errors import DomainError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.errors import (
    SecondFactorRefused,
    SignInAttemptExpired,
    SignInThrottled,
    SmsCodeNotSent,
)
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.continuation import AUTHORIZE, safe_continuation
from pingshan_identity.domain.sign_in.sign_in_attempt import Missing
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.entrypoints.sessions.own_sessions import (
    SIGN_IN_PAGES,
    STEP_UP,
    browser_of,
    keep_session,
    let_follow,
    session_cookies,
    visitor_of,
)
from pingshan_identity.entrypoints.shared import page_with
from pingshan_identity.entrypoints.sign_in.shared import (
    SECOND_FACTOR,
    address_of,
    continuation_of,
    go_on,
    login_hint_of,
    restart,
)
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.factors.confirm_totp import ConfirmTotp, confirm_totp
from pingshan_identity.usecases.factors.send_sms_factor import SendSmsFactor, send_sms_factor
from pingshan_identity.usecases.factors.set_up_totp import SetUpTotp, set_up_totp
from pingshan_identity.usecases.factors.verify_recovery_code import VerifyRecoveryCode, verify_recovery_code
from pingshan_identity.usecases.factors.verify_sms_factor import VerifySmsFactor, verify_sms_factor
from pingshan_identity.usecases.factors.verify_totp import VerifyTotp, verify_totp
from pingshan_identity.usecases.sessions.shared import SignedIn
from pingshan_identity.usecases.sign_in.begin_anew import BeginAnew, begin_anew
from pingshan_identity.usecases.sign_in.begin_step_up import BeginStepUp, begin_step_up
from pingshan_identity.usecases.sign_in.list_upstreams import list_upstreams
from pingshan_identity.usecases.sign_in.read_destination import read_destination
from pingshan_identity.usecases.sign_in.read_sign_in_attempt import AttemptState, read_sign_in_attempt

SET_UP = "/sign-in/set-up"
NEW_PASSWORD = "/sign-in/new-password"  # noqa: S105 - an address
_Command = TypeVar("_Command")
_REFUSALS = (SecondFactorRefused, SignInThrottled, SmsCodeNotSent)


class SecondFactorPages:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [
            Route(STEP_UP, self._step_up),
            Route(SECOND_FACTOR, self.show),
            Route(f"{SECOND_FACTOR}/totp", self._totp, methods=["POST"]),
            Route(f"{SECOND_FACTOR}/recovery-code", self._recovery_code, methods=["POST"]),
            Route(f"{SECOND_FACTOR}/sms/send", self._send_sms, methods=["POST"]),
            Route(f"{SECOND_FACTOR}/sms", self._sms, methods=["POST"]),
            Route(f"{SECOND_FACTOR}/begin-anew", self._begin_anew, methods=["POST"]),
            Route(SET_UP, self._set_up, methods=["GET", "POST"]),
        ]

    async def _step_up(self, request: Request) -> Response:
        """Leads to the missing step for somebody who is signed in; everybody else signs in."""
        continuation = safe_continuation(request.query_params.get("continue"))
        realm = Realm.PUBLIC if request.query_params.get("realm") == Realm.PUBLIC else Realm.STAFF
        command = BeginStepUp(
            realm=realm,
            cookie=session_cookies(request).get(realm),
            browser=browser_of(request),
            continuation=continuation,
        )
        attempt = await begin_step_up(self._deps, command)
        unsent = {"unsent": "true"} if "unsent" in request.query_params else {}
        if attempt is None:
            return RedirectResponse(f"{SIGN_IN_PAGES[realm]}?{urlencode({'continue': continuation} | unsent)}", 303)
        missing = address_of(SECOND_FACTOR, attempt, continuation)
        return RedirectResponse(f"{missing}&{urlencode(unsent)}" if unsent else missing, 303)

    async def show(self, request: Request, error: DomainError | None = None) -> Response:
        attempt = request.query_params.get("attempt", "")
        try:
            state = await self._state(request, attempt)
        except SignInAttemptExpired:
            return restart(request, why="guessed" if isinstance(error, SecondFactorRefused) else "expired")
        continuation, login_hint = state.attempt.continuation, login_hint_of(request)
        if state.missing is Missing.OWN_PASSWORD:
            return RedirectResponse(address_of(NEW_PASSWORD, attempt, continuation, login_hint), 303)
        if state.must_set_up:
            return RedirectResponse(address_of(SET_UP, attempt, continuation, login_hint), 303)
        if state.missing is Missing.MORE_THAN_SMS:
            offered = await list_upstreams(self._deps, ANONYMOUS, realm=state.attempt.realm)
            return await self._page(request, "factors/more_than_sms.html", state, error, offered=offered)
        return await self._page(request, "factors/second_factor.html", state, error)

    async def _page(
        self, request: Request, template: str, state: AttemptState, error: DomainError | None, **context: Any
    ) -> Response:
        continuation = state.attempt.continuation
        destination = await read_destination(self._deps, continuation=continuation)
        response = page_with(
            request,
            template,
            error,
            state=state,
            query=request.url.query,
            destination=destination,
            is_step_up=state.attempt.session_id is not None,
            to_system=urlsplit(continuation).path == AUTHORIZE,
            **context,
        )
        let_follow(request, response, destination.origin if destination else None)
        return response

    async def _state(self, request: Request, attempt: str) -> AttemptState:
        return await read_sign_in_attempt(self._deps, attempt=attempt, browser=browser_of(request))

    async def _totp(self, request: Request) -> Response:
        return await self._verify(request, verify_totp, VerifyTotp)

    async def _recovery_code(self, request: Request) -> Response:
        return await self._verify(request, verify_recovery_code, VerifyRecoveryCode)

    async def _sms(self, request: Request) -> Response:
        return await self._verify(request, verify_sms_factor, VerifySmsFactor)

    async def _verify(
        self,
        request: Request,
        verify: Callable[[Dependencies, Actor, _Command], Awaitable[SignedIn | str]],
        command: Callable[[str, str, Visitor], _Command],
    ) -> Response:
        attempt = request.query_params.get("attempt", "")
        code = str((await request.form()).get("code", ""))[:40]
        try:
            realm = (await self._state(request, attempt)).attempt.realm
            outcome = await verify(self._deps, ANONYMOUS, command(attempt, code, visitor_of(request, realm)))
        except SignInAttemptExpired:
            return restart(request)
        except _REFUSALS as error:
            return await self.show(request, error)
        return go_on(realm, outcome, continuation_of(request), login_hint_of(request))

    async def _send_sms(self, request: Request) -> Response:
        attempt = request.query_params.get("attempt", "")
        try:
            realm = (await self._state(request, attempt)).attempt.realm
            command = SendSmsFactor(attempt, visitor_of(request, realm), request.state.language)
            await send_sms_factor(self._deps, command)
        except SignInAttemptExpired:
            return restart(request)
        except _REFUSALS as error:
            return await self.show(request, error)
        here = address_of(SECOND_FACTOR, attempt, continuation_of(request), login_hint_of(request))
        return RedirectResponse(f"{here}#sms", 303)

    async def _begin_anew(self, request: Request) -> Response:
        """Leaves the account to whoever it is, and begins one with the number that was just proven."""
        attempt = request.query_params.get("attempt", "")
        command = BeginAnew(attempt, visitor_of(request, Realm.PUBLIC), request.state.language)
        try:
            outcome = await begin_anew(self._deps, command)
        except SignInAttemptExpired:
            return restart(request)
        return go_on(Realm.PUBLIC, outcome, continuation_of(request))

    async def _set_up(self, request: Request) -> Response:
        """Sets up a second factor within the sign-in, for a person who has none."""
        attempt = request.query_params.get("attempt", "")
        error: DomainError | None = None
        try:
            state = await self._state(request, attempt)
            if request.method == "POST":
                try:
                    return await self._confirm(request, state, attempt)
                except _REFUSALS as refused:
                    error = refused
            proposal = await set_up_totp(self._deps, SetUpTotp(attempt, browser_of(request)))
        except SignInAttemptExpired:
            return restart(request)
        return await self._page(request, "factors/set_up_totp.html", state, error, proposal=proposal)

    async def _confirm(self, request: Request, state: AttemptState, attempt: str) -> Response:
        form = await request.form()
        command = ConfirmTotp(
            attempt=attempt,
            code=str(form.get("code", ""))[:40],
            enrolment_code=str(form.get("enrolment_code", ""))[:40],
            visitor=visitor_of(request, state.attempt.realm),
        )
        confirmed = await confirm_totp(self._deps, ANONYMOUS, command)
        onward = go_on(state.attempt.realm, confirmed.outcome, continuation_of(request), login_hint_of(request))
        further = onward.headers["location"]
        response = render(request, "factors/recovery_codes.html", codes=confirmed.recovery_codes, further=further)
        if isinstance(confirmed.outcome, SignedIn):
            keep_session(response, state.attempt.realm, confirmed.outcome)
        return response
