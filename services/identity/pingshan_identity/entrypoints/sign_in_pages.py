"""Signing in and out in the browser."""

from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from pingshan_kit.errors import refusal
from pingshan_kit.http.security import content_security_policy
from pingshan_ui import render
from pingshan_values.actor import ANONYMOUS
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.continuation import safe_continuation
from pingshan_identity.domain.device import device_of
from pingshan_identity.domain.errors import SignInBusy, SignInRefused, SignInThrottled
from pingshan_identity.domain.parameters import Parameters
from pingshan_identity.domain.realm import Realm
from pingshan_identity.entrypoints.errors import ERRORS
from pingshan_identity.entrypoints.own_sessions import SIGN_IN_PAGES, forget_session, keep_session, session_cookies
from pingshan_identity.settings import Settings
from pingshan_identity.usecases.end_session import end_session
from pingshan_identity.usecases.plan_sign_out import SignOutPlan, plan_sign_out
from pingshan_identity.usecases.read_destination import read_destination
from pingshan_identity.usecases.sign_in import Attempt, sign_in
from pingshan_identity.usecases.tools import Tools


class SignInPages:
    def __init__(self, settings: Settings, tools: Tools) -> None:
        self._settings = settings
        self._tools = tools
        self.routes: list[BaseRoute] = [
            Route(SIGN_IN_PAGES[Realm.STAFF], self._staff, methods=["GET", "POST"]),
            Route(SIGN_IN_PAGES[Realm.PUBLIC], self._public, methods=["GET", "POST"]),
            Route("/sign-out", self._ask, methods=["GET"]),
            Route("/sign-out", self._sign_out, methods=["POST"]),
            Route("/signed-out", self._signed_out),
        ]

    async def _staff(self, request: Request) -> Response:
        return await self._page(request, Realm.STAFF)

    async def _public(self, request: Request) -> Response:
        return await self._page(request, Realm.PUBLIC)

    async def _page(self, request: Request, realm: Realm) -> Response:
        continuation = safe_continuation(request.query_params.get("continue"))
        if request.method == "GET":
            return await self._form(request, realm, continuation, request.query_params.get("login_hint", ""))
        form = await request.form()
        login, password = str(form.get("login", "")), str(form.get("password", ""))
        try:
            signed_in = await sign_in(
                ANONYMOUS,
                self._tools.database,
                self._tools.personal,
                self._tools.passwords,
                attempt=Attempt(
                    realm=realm,
                    login=login,
                    password=password,
                    device=device_of(request.headers.get("user-agent", "")),
                    address=request.client.host if request.client else "",
                    previous_cookie=session_cookies(request).get(realm),
                ),
            )
        except (SignInRefused, SignInThrottled, SignInBusy) as error:
            return await self._form(request, realm, continuation, login, error)
        response = RedirectResponse(continuation, 303)
        keep_session(response, realm, signed_in.cookie)
        return response

    async def _form(
        self,
        request: Request,
        realm: Realm,
        continuation: str,
        login: str,
        error: SignInRefused | SignInThrottled | SignInBusy | None = None,
    ) -> Response:
        destination = await read_destination(ANONYMOUS, self._tools.database, continuation=continuation)
        refused = refusal(error, ERRORS) if error is not None else None
        headers = {}
        if error is not None and "retry_after" in error.params:
            headers["Retry-After"] = str(error.params["retry_after"])
        response = render(
            request,
            "sign_in.html",
            status_code=refused.http if refused else HTTPStatus.OK,
            headers=headers,
            realm=realm.value,
            pages={other.value: page for other, page in SIGN_IN_PAGES.items()},
            realms=destination.realms if destination else frozenset(Realm),
            continuation=continuation,
            destination=destination,
            login=login,
            error=refused.sentence(request.state.language) if refused else None,
        )
        self._let_follow(response, destination.origin if destination else None)
        return response

    def _let_follow(self, response: Response, origin: str | None) -> None:
        """Browsers hold `form-action` against every redirect that follows a form, so the relying party is named."""
        if origin is not None:
            policy = content_security_policy(self._settings, {"form-action": [origin]})
            response.headers["Content-Security-Policy"] = policy

    async def _ask(self, request: Request) -> Response:
        """Where a relying party did not prove that it means this session, the person is asked."""
        plan = await self._plan(request)
        if plan.session_id is None:
            return RedirectResponse(plan.continue_at or "/signed-out", 303)
        response = render(request, "sign_out.html")
        if plan.continue_at is not None:
            parts = urlsplit(plan.continue_at)
            self._let_follow(response, f"{parts.scheme}://{parts.netloc}")
        return response

    async def _sign_out(self, request: Request) -> Response:
        plan = await self._plan(request)
        if plan.session_id is not None:
            await end_session(
                request.state.actor, self._tools.database, self._tools.personal, session_id=plan.session_id
            )
        response = RedirectResponse(plan.continue_at or "/signed-out", 303)
        if request.state.actor.realm is not None:
            forget_session(response, Realm(request.state.actor.realm))
        return response

    async def _plan(self, request: Request) -> SignOutPlan:
        return await plan_sign_out(
            request.state.actor,
            self._tools.database,
            self._tools.personal,
            self._tools.signer,
            parameters=Parameters(parse_qsl(request.url.query)),
            cookies=session_cookies(request),
        )

    async def _signed_out(self, request: Request) -> Response:
        return render(request, "signed_out.html")
