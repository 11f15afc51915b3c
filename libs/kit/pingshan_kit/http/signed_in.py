"""The person who looks at a page."""

from pingshan_values.actor import ANONYMOUS
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from pingshan_kit.site import SignIn


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
