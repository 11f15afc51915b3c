"""How identity's own pages know a person: its session cookies, one per realm."""

from collections.abc import Sequence
from urllib.parse import urlencode

from pingshan_values.actor import ANONYMOUS, Actor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from pingshan_identity.domain.continuation import safe_continuation
from pingshan_identity.domain.realm import Realm
from pingshan_identity.usecases.resume_session import resume_session
from pingshan_identity.usecases.tools import Tools

COOKIES = {Realm.STAFF: "__Host-pingshan-identity", Realm.PUBLIC: "__Host-pingshan-identity-public"}
SIGN_IN_PAGES = {Realm.STAFF: "/sign-in", Realm.PUBLIC: "/public/sign-in"}


class OwnSessions:
    """The kit's `SignIn` for identity itself."""

    routes: Sequence[BaseRoute] = ()

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def resolve(self, request: Request) -> Actor | None:
        """The staff session counts before the public one."""
        for realm, cookie in session_cookies(request).items():
            actor = await resume_session(
                ANONYMOUS, self._tools.database, self._tools.personal, realm=realm, cookie=cookie
            )
            if actor is not None:
                return actor
        return None

    def sign_in_address(self, request: Request) -> str:
        return f"{SIGN_IN_PAGES[Realm.STAFF]}?{urlencode({'continue': safe_continuation(request.url.path)})}"


def session_cookies(request: Request) -> dict[Realm, str]:
    return {realm: request.cookies[name] for realm, name in COOKIES.items() if request.cookies.get(name)}


def keep_session(response: Response, realm: Realm, cookie: str) -> None:
    """Until the browser closes; the session's own limits end it earlier."""
    response.set_cookie(COOKIES[realm], cookie, secure=True, httponly=True, samesite="lax")


def forget_session(response: Response, realm: Realm) -> None:
    response.delete_cookie(COOKIES[realm], secure=True, httponly=True, samesite="lax")
