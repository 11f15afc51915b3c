"""Pushed authorization requests (RFC 9126): what is kept of one, and the `request_uri` that names it until it is
answered.
"""

import secrets
from collections.abc import Sequence
from datetime import timedelta

from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.domain.oauth_error import OAuthError

LIFE = timedelta(seconds=60)
"""Life of a pushed request until somebody opens it; section 2.2 suggests 5 to 600 seconds."""
WAITING_LIFE = timedelta(hours=12)
"""Life of a request while its person signs in or decides, a working day: a page left open over lunch goes on."""
_PREFIX = "urn:ietf:params:oauth:request_uri:"
_AUTHENTICATION = frozenset({"client_id", "client_secret", "client_assertion", "client_assertion_type"})

Pairs = Sequence[tuple[str, str]]


def new_request_uri() -> str:
    """Returns a new request URI with 256 random bits (section 7.1)."""
    return f"{_PREFIX}{secrets.token_urlsafe(32)}"


def is_ours(request_uri: str) -> bool:
    """Returns whether identity may have issued the URI; no other is ever fetched (section 7.2)."""
    return request_uri.startswith(_PREFIX) and request_uri.isascii() and len(request_uri) < 200


def bound_to(pairs: Pairs, jkt: str) -> list[tuple[str, str]]:
    """Returns the parameters with `dpop_jkt` set, so that only that key redeems the code (RFC 9449 section 10.1).

    Raises:
        OAuthError: `invalid_dpop_proof`, it names another key.
    """
    if Parameters(pairs).get("dpop_jkt") not in {None, jkt}:
        raise OAuthError("invalid_dpop_proof", "dpop_jkt is not the key of the proof")
    return [*(pair for pair in pairs if pair[0] != "dpop_jkt"), ("dpop_jkt", jkt)]


def pushed(pairs: Pairs) -> list[tuple[str, str]]:
    """Returns the parameters to keep: all but those by which the client authenticated.

    Raises:
        OAuthError: `invalid_request`, a `request_uri` cannot be pushed (section 2.1).
    """
    if any(name == "request_uri" for name, _ in pairs):
        raise OAuthError("invalid_request", "request_uri must not be pushed")
    return [(name, value) for name, value in pairs if name not in _AUTHENTICATION]
