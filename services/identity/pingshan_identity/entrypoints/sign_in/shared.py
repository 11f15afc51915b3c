"""From one page of a sign-in to the next: with the attempt, and where it leads."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.continuation import safe_continuation
from pingshan_identity.entrypoints.sessions.own_sessions import keep_session
from pingshan_identity.usecases.sessions.shared import SignedIn

SECOND_FACTOR = "/sign-in/second-factor"


def go_on(realm: Realm, outcome: SignedIn | str, continuation: str) -> Response:
    """Lead to where the sign-in leads, or to the page of the factor that is missing."""
    if isinstance(outcome, str):
        return RedirectResponse(address_of(SECOND_FACTOR, outcome, continuation), 303)
    response = RedirectResponse(outcome.continuation, 303)
    keep_session(response, realm, outcome.cookie)
    return response


def address_of(page: str, attempt: str, continuation: str) -> str:
    """Return the address with the continuation beside the attempt: where that is over, the page starts from there."""
    return f"{page}?{urlencode({'attempt': attempt, 'continue': continuation})}"


def restart(request: Request) -> Response:
    """Begin an attempt that is over again where it began; whoever is signed in by now simply goes on."""
    return RedirectResponse(continuation_of(request), 303)


def continuation_of(request: Request) -> str:
    return safe_continuation(request.query_params.get("continue"))
