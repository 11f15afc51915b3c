"""Pages on which people of the public sign in with a telephone number and a code."""

from pingshan_values.actor import ANONYMOUS
from pingshan_values.errors import DomainError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.errors import (
    MobileNotValid,
    SecondFactorRefused,
    SignInAttemptExpired,
    SignInThrottled,
    SmsCodeNotSent,
)
from pingshan_identity.domain.realm import Realm
from pingshan_identity.entrypoints.sessions.own_sessions import SIGN_IN_PAGES, browser_of, let_follow, visitor_of
from pingshan_identity.entrypoints.shared import page_with
from pingshan_identity.entrypoints.sign_in.shared import address_of, continuation_of, go_on, restart
from pingshan_identity.entrypoints.sign_in.sign_in_pages import SignInPages
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sign_in.read_destination import read_destination
from pingshan_identity.usecases.sign_in.read_sign_in_code import read_sign_in_code
from pingshan_identity.usecases.sign_in.send_sign_in_code import SendSignInCode, send_sign_in_code
from pingshan_identity.usecases.sign_in.verify_sign_in_code import VerifySignInCode, verify_sign_in_code

PAGE = f"{SIGN_IN_PAGES[Realm.PUBLIC]}/code"


class SignInCodePages:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self._sign_in_pages = SignInPages(deps)
        self.routes: list[BaseRoute] = [
            Route(f"{PAGE}/send", self._send, methods=["POST"]),
            Route(PAGE, self._code, methods=["GET", "POST"]),
        ]

    async def _send(self, request: Request) -> Response:
        continuation = continuation_of(request)
        mobile = str((await request.form()).get("mobile", ""))[:40]
        try:
            command = SendSignInCode(
                mobile=mobile,
                visitor=visitor_of(request, Realm.PUBLIC),
                continuation=continuation,
                language=request.state.language,
            )
            attempt = await send_sign_in_code(self._deps, command)
        except (MobileNotValid, SmsCodeNotSent) as error:
            return await self._sign_in_pages.form(request, Realm.PUBLIC, continuation, mobile, error)
        return RedirectResponse(address_of(PAGE, attempt, continuation), 303)

    async def _code(self, request: Request) -> Response:
        attempt = request.query_params.get("attempt", "")
        error: DomainError | None = None
        try:
            if request.method == "POST":
                try:
                    return await self._verify(request, attempt)
                except (SecondFactorRefused, SignInThrottled) as refused:
                    error = refused
            masked = await read_sign_in_code(self._deps, attempt=attempt, browser=browser_of(request))
        except SignInAttemptExpired:
            return restart(request)
        continuation = continuation_of(request)
        destination = await read_destination(self._deps, continuation=continuation)
        response = page_with(
            request,
            "sign_in/sign_in_code.html",
            error,
            masked=masked,
            query=request.url.query,
            continuation=continuation,
            destination=destination,
        )
        let_follow(request, response, destination.origin if destination else None)
        return response

    async def _verify(self, request: Request, attempt: str) -> Response:
        command = VerifySignInCode(
            attempt=attempt,
            code=str((await request.form()).get("code", ""))[:40],
            visitor=visitor_of(request, Realm.PUBLIC),
            language=request.state.language,
        )
        outcome = await verify_sign_in_code(self._deps, ANONYMOUS, command)
        return go_on(Realm.PUBLIC, outcome, continuation_of(request))
