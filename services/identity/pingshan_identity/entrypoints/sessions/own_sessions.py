"""Session cookies of identity's own pages, one per realm."""

from collections.abc import Sequence
from urllib.parse import urlencode

from pingshan_kit.auth import actor, protect
from pingshan_kit.auth.guard import Endpoint, here, is_form
from pingshan_kit.http.security import content_security_policy
from pingshan_kit.site import site_of
from pingshan_values.actor import Actor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from pingshan_identity.domain.access import ADMINISTRATORS, AdministrativeAct
from pingshan_identity.domain.clients.redirect_uri import form_targets
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sessions.device import device_of
from pingshan_identity.domain.sign_in.assurance import STAFF_LEVEL
from pingshan_identity.domain.sign_in.continuation import safe_continuation
from pingshan_identity.domain.sign_in.known_browser import LIFE
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.people.read_duties import vacant_duties
from pingshan_identity.usecases.sessions.resume_session import resume_session
from pingshan_identity.usecases.sessions.shared import SignedIn

COOKIES = {Realm.STAFF: "__Host-pingshan-identity", Realm.PUBLIC: "__Host-pingshan-identity-public"}
KNOWN_BROWSER = "__Host-pingshan-identity-known"
STEP_UP = "/sign-in/step-up"
PROVE_NAME = "/account/upstreams"
UPSTREAM_CALLBACK = "/upstream/{provider}/callback"
SIGN_IN_PAGES = {Realm.STAFF: "/sign-in", Realm.PUBLIC: "/public/sign-in"}


class OwnSessions:
    """Is the kit's `SignIn` for identity itself."""

    routes: Sequence[BaseRoute] = ()
    cookies: Sequence[str] = tuple(COOKIES.values())
    returns: Sequence[str] = (UPSTREAM_CALLBACK,)
    machine: Sequence[BaseRoute] = ()

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def resolve(self, request: Request) -> Actor | None:
        """Returns who is signed in, None for nobody; the staff session counts before the public one.

        Notes on the request which duties are vacant, for the banner on administrators' pages.
        """
        for realm, cookie in session_cookies(request).items():
            actor = await resume_session(self._deps, realm=realm, cookie=cookie)
            if actor is not None:
                request.state.vacant_duties = await vacant_duties(self._deps, actor)
                return actor
        return None

    def sign_in_address(self, request: Request, level: int = 0) -> str:
        """Returns the address of the staff's sign-in page for level 0, else of the missing step of the sign-in."""
        page = SIGN_IN_PAGES[Realm.STAFF] if level == 0 else STEP_UP
        kept = {"continue": safe_continuation(here(request))} | ({"unsent": "true"} if is_form(request) else {})
        return f"{page}?{urlencode(kept)}"

    def another_address(self, request: Request) -> str:
        """Returns the sign-in page of the realm of whoever is signed in, which names them and has the form."""
        page = SIGN_IN_PAGES[Realm(actor(request).realm or Realm.STAFF)]
        return f"{page}?{urlencode({'continue': safe_continuation(here(request))})}"


def own_page(endpoint: Endpoint, *roles: str) -> Endpoint:
    """Protects a page of identity: staff must have reached level 2, and people hold one of the roles, if any."""
    return protect(endpoint, *roles, level=STAFF_LEVEL)


def administrators_page(endpoint: Endpoint, act: AdministrativeAct) -> Endpoint:
    """Protects a page of identity: only administrators who may do the act open it."""
    return own_page(endpoint, *ADMINISTRATORS[act])


def session_cookies(request: Request) -> dict[Realm, str]:
    return {realm: request.cookies[name] for realm, name in COOKIES.items() if request.cookies.get(name)}


def keep_session(response: Response, realm: Realm, signed_in: SignedIn) -> None:
    """Sets the cookie until the browser closes; the session's own limits may end it earlier.

    The browser is known from then on, so that guesses elsewhere do not slow its person down.
    """
    response.set_cookie(COOKIES[realm], signed_in.cookie, secure=True, httponly=True, samesite="lax")
    seconds = int(LIFE.total_seconds())
    known = signed_in.known_browser
    response.set_cookie(KNOWN_BROWSER, known, max_age=seconds, secure=True, httponly=True, samesite="lax")


def forget_session(response: Response, realm: Realm) -> None:
    response.delete_cookie(COOKIES[realm], secure=True, httponly=True, samesite="lax")


def browser_of(request: Request) -> str:
    """Returns the secret that our pages share with this browser until a sign-out (256 random bits)."""
    return str(request.state.browser_secret)


def has_form_cookie(request: Request) -> bool:
    """Returns whether the browser has shown a page of ours before, and so keeps the secret."""
    return "__Host-pingshan-identity-csrf" in request.cookies


def visitor_of(request: Request, realm: Realm) -> Visitor:
    return Visitor(
        browser=browser_of(request),
        device=device_of(request.headers.get("user-agent", "")),
        address=address_of(request),
        previous_cookie=session_cookies(request).get(realm),
        known_browser=request.cookies.get(KNOWN_BROWSER, ""),
    )


def address_of(request: Request) -> str:
    """Returns the network address of who asks, which a trusted proxy may have named."""
    return request.client.host if request.client else ""


def let_follow(request: Request, response: Response, origin: str | None) -> None:
    """Lets the page's forms lead to a relying party at the origin, and on to where that leads; None changes nothing."""
    if origin is not None:
        policy = content_security_policy(site_of(request).settings, {"form-action": form_targets(origin)})
        response.headers["Content-Security-Policy"] = policy
