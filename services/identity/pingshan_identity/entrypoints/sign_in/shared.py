"""Redirects from one page of a sign-in to the next, with the attempt and where it leads."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.continuation import safe_continuation
from pingshan_identity.domain.sign_in.login import normalise
from pingshan_identity.entrypoints.sessions.own_sessions import SIGN_IN_PAGES, keep_session, session_cookies
from pingshan_identity.usecases.sessions.shared import SignedIn

SECOND_FACTOR = "/sign-in/second-factor"


def go_on(realm: Realm, outcome: SignedIn | str, continuation: str, login_hint: str = "") -> Response:
    """Redirects to the continuation with the session's cookie, or to the page of the missing factor for an attempt's
    id. `login_hint`: the name that was typed, kept for a sign-in that starts again; empty for none.
    """
    if isinstance(outcome, str):
        return RedirectResponse(address_of(SECOND_FACTOR, outcome, continuation, login_hint), 303)
    response = RedirectResponse(outcome.continuation, 303)
    keep_session(response, realm, outcome)
    return response


def address_of(page: str, attempt: str, continuation: str, login_hint: str = "") -> str:
    """Returns the page's address with attempt, continuation and name; the page starts again from there where the
    attempt is over.
    """
    kept = {"attempt": attempt, "continue": continuation} | ({"login_hint": login_hint} if login_hint else {})
    return f"{page}?{urlencode(kept)}"


def restart(request: Request, *, why: str = "expired") -> Response:
    """Redirects to where a sign-in that is over begins again: to its first page with the name that was typed.

    Where no name is known, or the browser has a session, to the continuation, where a signed-in person goes on.
    `why`: what the first page says about the sign-in that is over, `expired` or `guessed` (by wrong codes).
    """
    login_hint = login_hint_of(request)
    if not login_hint or Realm.STAFF in session_cookies(request):
        return RedirectResponse(continuation_of(request), 303)
    query = {"continue": continuation_of(request), "login_hint": login_hint, why: "true"}
    return RedirectResponse(f"{SIGN_IN_PAGES[Realm.STAFF]}?{urlencode(query)}", 303)


def login_hint_of(request: Request) -> str:
    """Returns the name to begin with, as OpenID Connect's `login_hint` gives it; empty for none."""
    return request.query_params.get("login_hint", "")[:100]


def name_to_keep(realm: Realm, login: str) -> str:
    """Returns what addresses of a sign-in may carry of what was typed: a login name of staff, never a number."""
    return (normalise(realm, login) or "") if realm is Realm.STAFF else ""


def continuation_of(request: Request) -> str:
    return safe_continuation(request.query_params.get("continue"))
