"""The first page of a sign-in, with name and password, one per realm."""

from pingshan_kit.auth import actor
from pingshan_values.actor import ANONYMOUS
from pingshan_values.errors import DomainError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.errors import SignInBusy, SignInRefused, SignInThrottled
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.continuation import safe_continuation
from pingshan_identity.entrypoints.sessions.own_sessions import SIGN_IN_PAGES, let_follow, visitor_of
from pingshan_identity.entrypoints.shared import page_with
from pingshan_identity.entrypoints.sign_in.shared import go_on, login_hint_of, name_to_keep, restart
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sign_in.list_upstreams import list_upstreams
from pingshan_identity.usecases.sign_in.read_destination import read_destination
from pingshan_identity.usecases.sign_in.sign_in_with_password import SignInWithPassword, sign_in_with_password

_OVER = ("guessed", "expired", "unsent")
"""What the page may say of what was before: the sign-in ended by wrong codes or by its age, or a form was not sent."""


class SignInPages:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [
            Route(SIGN_IN_PAGES[Realm.STAFF], self._staff, methods=["GET", "POST"]),
            Route(SIGN_IN_PAGES[Realm.PUBLIC], self._public, methods=["GET", "POST"]),
            Route("/sign-in/again", _again),
        ]

    async def _staff(self, request: Request) -> Response:
        return await self._page(request, Realm.STAFF)

    async def _public(self, request: Request) -> Response:
        return await self._page(request, Realm.PUBLIC)

    async def _page(self, request: Request, realm: Realm) -> Response:
        continuation = safe_continuation(request.query_params.get("continue"))
        if request.method == "GET":
            return await self.form(request, realm, continuation, login_hint_of(request))
        form = await request.form()
        login, password = str(form.get("login", "")), str(form.get("password", ""))
        try:
            command = SignInWithPassword(
                realm=realm,
                login=login,
                password=password,
                visitor=visitor_of(request, realm),
                continuation=continuation,
            )
            outcome = await sign_in_with_password(self._deps, ANONYMOUS, command)
        except (SignInRefused, SignInThrottled, SignInBusy) as error:
            return await self.form(request, realm, continuation, login, error)
        return go_on(realm, outcome, continuation, name_to_keep(realm, login))

    async def form(
        self, request: Request, realm: Realm, continuation: str, login: str, error: DomainError | None = None
    ) -> Response:
        destination = await read_destination(self._deps, continuation=continuation)
        response = page_with(
            request,
            "sign_in/sign_in.html",
            error,
            realm=realm.value,
            pages={other.value: page for other, page in SIGN_IN_PAGES.items()},
            realms=destination.realms if destination else frozenset(Realm),
            continuation=continuation,
            destination=destination,
            login=login,
            over=next((why for why in _OVER if why in request.query_params and error is None), ""),
            signed_in=error is None and actor(request).realm == realm,
            upstreams=await list_upstreams(self._deps, ANONYMOUS, realm=realm),
        )
        let_follow(request, response, destination.origin if destination else None)
        return response


async def _again(request: Request) -> Response:
    """Leads on from a form of a sign-in that was refused, since the browser has lost what belongs to it."""
    return restart(request)
