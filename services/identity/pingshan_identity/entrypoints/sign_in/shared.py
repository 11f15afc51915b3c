"""Redirects from one page of a sign-in to the next, with the attempt and where it leads."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.continuation import safe_continuation
from pingshan_identity.entrypoints.sessions.own_sessions import keep_session
from pingshan_identity.usecases.sessions.shared import SignedIn

SECOND_FACTOR = "/sign-in/second-factor"


def go_on(realm: Realm, outcome: SignedIn | str, continuation: str) -> Response:
    """Redirects to the continuation with the session's cookie, or to the page of the missing factor for an attempt's
    id.
    """
    if isinstance(outcome, str):
        return RedirectResponse(address_of(SECOND_FACTOR, outcome, continuation), 303)
    response = RedirectResponse(outcome.continuation, 303)
    keep_session(response, realm, outcome.cookie)
    return response


def address_of(page: str, attempt: str, continuation: str) -> str:
    """Returns the page's address with attempt and continuation; the page starts again from there where the attempt is
    over.
    """
    return f"{page}?{urlencode({'attempt': attempt, 'continue': continuation})}"


def restart(request: Request) -> Response:
    """Redirects to the continuation, where a sign-in that is over begins again and a signed-in person goes on."""
    return RedirectResponse(continuation_of(request), 303)


def continuation_of(request: Request) -> str:
    return safe_continuation(request.query_params.get("continue"))
