"""The person who looks at a page."""

from pingshan_values.actor import ANONYMOUS, Actor
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from pingshan_kit.errors import Unavailable
from pingshan_kit.site import SignIn


class SignedIn:
    """Puts `actor` into the request's state: ANONYMOUS without a session, or while nobody can say whether it is alive.

    The latter is `unproven`: public pages open as for anybody, and the others refuse rather than ask for a sign-in.
    """

    def __init__(self, app: ASGIApp, sign_in: SignIn | None) -> None:
        self._app = app
        self._sign_in = sign_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope, receive)
            request.state.actor = await self._person(request) or ANONYMOUS
        await self._app(scope, receive, send)

    async def _person(self, request: Request) -> Actor | None:
        try:
            return await self._sign_in.resolve(request) if self._sign_in else None
        except Unavailable as error:
            if error.params.get("part") != "identity":
                raise
            request.state.unproven = True
            return None
