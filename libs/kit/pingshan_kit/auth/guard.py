"""Checks of who may open a page or call a REST operation."""

import functools
from collections.abc import Awaitable, Callable

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pingshan_values.actor import ANONYMOUS, Actor, ActorKind
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pingshan_kit.errors import LevelTooLow, Unauthenticated, Unavailable
from pingshan_kit.fetch_metadata import is_script
from pingshan_kit.page_above import page_above
from pingshan_kit.site import site_of
from pingshan_kit.trust import trust_of
from pingshan_kit.trust.access_tokens import Presented
from pingshan_kit.trust.admission import admit
from pingshan_kit.trust.challenges import presented

Endpoint = Callable[[Request], Awaitable[Response]]

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_scheme = HTTPBearer(auto_error=False, description="access token of identity for this service")


def actor(request: Request) -> Actor:
    """Returns the person who is signed in, or ANONYMOUS."""
    found: Actor = getattr(request.state, "actor", ANONYMOUS)
    return found


def protect(endpoint: Endpoint, *roles: str, level: int = 0) -> Endpoint:
    """Returns the page for signed-in people only, who hold one of `roles` (for any person, where none is named).

    `level` is the assurance level that staff must have reached, 1 to 3; 0 asks for none. Whoever has no live session,
    or is below the level, is sent to sign in and back. A script is not: the page raises Unauthenticated or LevelTooLow
    for it, and Unauthenticated where nobody can sign in here. It raises Forbidden without a role, Unavailable while
    nobody can say whether the session is alive.
    """

    @functools.wraps(endpoint)
    async def guarded(request: Request) -> Response:
        if getattr(request.state, "unproven", False):
            raise Unavailable(part="identity")
        person = actor(request)
        if person.kind is not ActorKind.PERSON:
            return _to_sign_in(request)
        try:
            await trust_of(site_of(request).settings).revocations.refuse_dead(person)
        except Unauthenticated:
            return _to_sign_in(request)
        try:
            admit(person, *roles, level=level)
        except LevelTooLow:
            if is_script(request):
                raise
            return _to_sign_in(request, level)
        return await endpoint(request)

    return guarded


def _to_sign_in(request: Request, level: int = 0) -> Response:
    """Redirects a person; a script gets 401, since it cannot sign anybody in and may ask for ever."""
    sign_in = site_of(request).sign_in
    if sign_in is None or is_script(request):
        raise Unauthenticated
    return RedirectResponse(sign_in.sign_in_address(request, level), 303)


def bearer(*roles: str, level: int = 0) -> Callable[..., Awaitable[Actor]]:
    """Returns a FastAPI dependency that gives the caller of an access token, who must hold one of `roles`, if named.

    `level` is the assurance level that staff must have reached (RFC 9470). A token that is bound to a key comes with
    the scheme DPoP and its proof (RFC 9449).
    The dependency raises Unauthenticated, Forbidden, LevelTooLow; Unavailable while nobody can say whether the session
    is alive.
    """

    async def caller(
        request: Request,
        _documented: HTTPAuthorizationCredentials | None = Depends(_scheme),  # noqa: B008 - FastAPI's way
    ) -> Actor:
        trust = trust_of(site_of(request).settings)
        found = await trust.people.verify(*_presented(request))
        await trust.revocations.refuse_dead(found)
        admit(found, *roles, level=level)
        return found

    return caller


def _presented(request: Request) -> tuple[str, Presented | None]:
    """Returns the access token, and its proof under the scheme DPoP (RFC 9449 section 7.1). Raises Unauthenticated."""
    sent = presented(request.headers.get("authorization", ""))
    if sent is None:
        raise Unauthenticated
    scheme, token = sent
    if scheme == "Bearer":
        return token, None
    proofs = ",".join(request.headers.getlist("dpop"))  # more than one prove nothing (RFC 9449 section 4.3)
    url = f"{site_of(request).settings.public_url}{request.url.path}"
    return token, Presented(proofs, request.method, url)


def local_path(wanted: str | None) -> str:
    """Returns the wanted path on this origin; "/" for anything that could lead elsewhere or is over 2000 characters."""
    if not wanted or len(wanted) > 2_000 or not wanted.startswith("/") or wanted.startswith(("//", "/\\")):
        return "/"
    if any(character in wanted for character in "\\\r\n\t") or not wanted.isprintable():
        return "/"
    return wanted


def here(request: Request) -> str:
    """Returns path and query to come back to: the request's own, for a write those of the page with its form."""
    if is_form(request):
        return local_path(_referring_path(request) or page_above(request))
    return local_path(request.url.path + (f"?{request.url.query}" if request.url.query else ""))


def is_form(request: Request) -> bool:
    """Returns whether the request would change something, and so cannot be asked for again by its address."""
    return request.method not in _SAFE


def _referring_path(request: Request) -> str | None:
    """Returns path and query of the page of ours that the request came from; None where the browser does not say."""
    origin = site_of(request).settings.public_url
    referrer = request.headers.get("referer", "")
    return referrer.removeprefix(origin) if referrer.startswith(f"{origin}/") else None
