"""The first page of a sign-in: name and password, one page per realm."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from pingshan_kit.errors import refusal
from pingshan_ui import render
from pingshan_values.actor import ANONYMOUS
from pingshan_values.errors import DomainError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.errors import SignInBusy, SignInRefused, SignInThrottled
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.continuation import safe_continuation
from pingshan_identity.entrypoints.errors import ERRORS
from pingshan_identity.entrypoints.sessions.own_sessions import SIGN_IN_PAGES, keep_session, let_follow, visitor_of
from pingshan_identity.usecases.dependencies import Tools
from pingshan_identity.usecases.sessions.shared import SignedIn
from pingshan_identity.usecases.sign_in.list_upstreams import list_upstreams
from pingshan_identity.usecases.sign_in.read_destination import read_destination
from pingshan_identity.usecases.sign_in.sign_in_with_password import sign_in

SECOND_FACTOR = "/sign-in/second-factor"


class SignInPages:
    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self.routes: list[BaseRoute] = [
            Route(SIGN_IN_PAGES[Realm.STAFF], self._staff, methods=["GET", "POST"]),
            Route(SIGN_IN_PAGES[Realm.PUBLIC], self._public, methods=["GET", "POST"]),
        ]

    async def _staff(self, request: Request) -> Response:
        return await self._page(request, Realm.STAFF)

    async def _public(self, request: Request) -> Response:
        return await self._page(request, Realm.PUBLIC)

    async def _page(self, request: Request, realm: Realm) -> Response:
        continuation = safe_continuation(request.query_params.get("continue"))
        if request.method == "GET":
            return await self.form(request, realm, continuation, request.query_params.get("login_hint", "")[:100])
        form = await request.form()
        login, password = str(form.get("login", "")), str(form.get("password", ""))
        try:
            outcome = await sign_in(
                ANONYMOUS,
                self._tools.database,
                self._tools.personal,
                self._tools.passwords,
                self._tools.breached,
                realm=realm,
                login=login,
                password=password,
                visitor=visitor_of(request, realm),
                continuation=continuation,
            )
        except (SignInRefused, SignInThrottled, SignInBusy) as error:
            return await self.form(request, realm, continuation, login, error)
        return go_on(realm, outcome, continuation)

    async def form(
        self, request: Request, realm: Realm, continuation: str, login: str, error: DomainError | None = None
    ) -> Response:
        destination = await read_destination(
            ANONYMOUS, self._tools.database, self._tools.personal, continuation=continuation
        )
        response = page_with(
            request,
            "sign_in.html",
            error,
            realm=realm.value,
            pages={other.value: page for other, page in SIGN_IN_PAGES.items()},
            realms=destination.realms if destination else frozenset(Realm),
            continuation=continuation,
            destination=destination,
            login=login,
            upstreams=await list_upstreams(ANONYMOUS, self._tools.database, self._tools.upstreams, realm=realm),
        )
        let_follow(request, response, destination.origin if destination else None)
        return response


def go_on(realm: Realm, outcome: SignedIn | str, continuation: str) -> Response:
    """To where the sign-in leads, or to the page of the factor that is missing."""
    if isinstance(outcome, str):
        return RedirectResponse(address_of(SECOND_FACTOR, outcome, continuation), 303)
    response = RedirectResponse(outcome.continuation, 303)
    keep_session(response, realm, outcome.cookie)
    return response


def address_of(page: str, attempt: str, continuation: str) -> str:
    """With the continuation beside the attempt: when the attempt is over, the page starts again from there."""
    return f"{page}?{urlencode({'attempt': attempt, 'continue': continuation})}"


def page_with(request: Request, template: str, error: DomainError | None, **context: Any) -> Response:
    """The page, with the refusal's sentence as `error` and its status where there is one."""
    refused = refusal(error, ERRORS) if error is not None else None
    headers: Mapping[str, str] = {}
    if error is not None and "retry_after" in error.params:
        headers = {"Retry-After": str(error.params["retry_after"])}
    return render(
        request,
        template,
        status_code=refused.http if refused else HTTPStatus.OK,
        headers=headers,
        error=refused.sentence(request.state.language) if refused else None,
        **context,
    )
