"""Windows that a system opens for a sign-in, and waits for (`window.opener`).

The system's page is told by its own callback, which the window ends at. `Cross-Origin-Opener-Policy: same-origin`, or
`same-origin-allow-popups`, on one page or redirect before it would part the two for good.
"""

from urllib.parse import parse_qs, urlsplit

from starlette.types import Scope

from pingshan_identity.domain.sign_in.continuation import AUTHORIZE, CONSENT, safe_continuation
from pingshan_identity.entrypoints.sessions.own_sessions import PROVE_NAME, SIGN_IN_PAGES

_OF_SYSTEMS = frozenset({AUTHORIZE, CONSENT})
_UPSTREAM = "/upstream/"
_SIGN_IN = (*SIGN_IN_PAGES.values(), _UPSTREAM, PROVE_NAME)


def keeps_opener(scope: Scope) -> bool:
    """Returns whether the request belongs to a sign-in that leads on to a system: to `/authorize` or the question of
    consent, to a page of a sign-in for them, or back from an upstream, which only the attempt knows the way of.
    """
    path: str = scope["path"]
    if path in _OF_SYSTEMS:
        return True
    if not path.startswith(_SIGN_IN):
        return False
    if path.startswith(_UPSTREAM) and path.endswith("/callback"):
        return True
    query: bytes = scope["query_string"]
    led = next(iter(parse_qs(query.decode("latin-1")).get("continue", ())), None)
    return urlsplit(safe_continuation(led)).path == AUTHORIZE
