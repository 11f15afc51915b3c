"""Who is looking at a page."""

from collections.abc import Sequence
from typing import Protocol

from pingshan_values.actor import ANONYMOUS, Actor
from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send


class SignIn(Protocol):
    """How a service's pages know a person: `auth.PageAuth` everywhere, identity's own sessions at identity."""

    routes: Sequence[BaseRoute]
    """/sign-in, /sign-out and whatever belongs to them."""
    machine: Sequence[BaseRoute]
    """What identity itself calls: no session, no form token."""

    async def resolve(self, request: Request) -> Actor | None:
        """The person of this request's session; None without a live one. Raises Unavailable."""

    def sign_in_address(self, request: Request, level: int = 0) -> str:
        """Where a person without a session, or below the level, is sent, so that they come back to this page."""


class SignedIn:
    """Puts `actor` into the request's state, ANONYMOUS without a session."""

    def __init__(self, app: ASGIApp, sign_in: SignIn | None) -> None:
        self._app = app
        self._sign_in = sign_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope, receive)
            actor = await self._sign_in.resolve(request) if self._sign_in else None
            request.state.actor = actor or ANONYMOUS
        await self._app(scope, receive, send)
