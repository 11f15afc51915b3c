"""Request objects (RFC 9101, OpenID Connect Core section 6.1): what a client says in one, and whether it may.

Only what stands in the object counts (RFC 9101 section 6.3). That a client sends `response_type`, `client_id` and
`scope` beside it, as OpenID Connect asks for, changes nothing; the first two must be the same.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pingshan_identity.domain.authorization_requests.par import Pairs
from pingshan_identity.domain.clients.client import Client, ClientProfile
from pingshan_identity.domain.clients.client_keys import ASSERTION_ALGORITHMS, assertion_algorithms
from pingshan_identity.domain.oauth.authorization import NAMES
from pingshan_identity.domain.oauth.parameters import single
from pingshan_identity.domain.oauth_error import OAuthError

ALGORITHMS = ASSERTION_ALGORITHMS
"""Algorithms of request objects: those of client assertions, never `none`."""
LEEWAY = timedelta(seconds=10)
"""Time by which the client's clock may differ."""
LONGEST_LIFE = timedelta(minutes=60)
"""Most between `nbf` and `exp`, and since `nbf`, for clients of FAPI 2.0 (FAPI 2.0 Message Signing section 5.3.1)."""
_KINDS = frozenset({"jwt", "oauth-authz-req+jwt", "application/oauth-authz-req+jwt"})
_NEVER_INSIDE = frozenset({"request", "request_uri"})
_END_OF_TIME = 10**11
_SAME_OUTSIDE = ("response_type", "client_id")


def require_object(client: Client) -> None:
    """Refuses a request without an object where the client has all of its requests signed (RFC 9101 section 10.5).

    Raises:
        OAuthError: `invalid_request`.
    """
    if client.require_signed_request_object:
        raise OAuthError("invalid_request", "the client must send its request as a signed object (RFC 9101)")


def check_header(client: Client, header: Mapping[str, Any]) -> str:
    """Returns the algorithm of an object that the client may send.

    Raises:
        OAuthError: `invalid_request_object`, the algorithm is not accepted, or another one is registered; the object is
            of another type; or its header has an extension that must be understood (RFC 7515 section 4.1.11).
    """
    alg, kind = header.get("alg"), header.get("typ")
    if not isinstance(alg, str) or alg not in assertion_algorithms(client):
        raise _refused("it must be signed with one of the algorithms in our metadata")
    if client.request_object_signing_alg not in {None, alg}:
        raise _refused(f"the client is registered for {client.request_object_signing_alg}")
    if kind is not None and not (isinstance(kind, str) and kind.lower() in _KINDS):
        raise _refused("its typ must be oauth-authz-req+jwt (RFC 9101 section 10.8)")
    if not header.keys().isdisjoint({"crit", "b64"}):
        raise _refused("its header has extensions that are not understood here")
    return alg


def check_claims(client: Client, claims: Mapping[str, Any], issuer: str, now: datetime) -> None:
    """Checks who made a verified object for whom, and when.

    `exp` and `nbf` count where they stand; a client of FAPI 2.0 must say both.

    Raises:
        OAuthError: `invalid_request_object`.
    """
    own = client.client_id
    if not claims.get("iss", own) == claims.get("client_id", own) == own or claims.keys().isdisjoint(
        {"iss", "client_id"}
    ):
        raise _refused("iss and client_id must be the client")
    if claims.get("sub") == own:
        raise _refused("sub must not be the client: the object could authenticate it (RFC 9101 section 10.8)")
    audience = claims.get("aud")
    if issuer not in (audience if isinstance(audience, list) else [audience]):
        raise _refused("aud must be our issuer")
    if not claims.keys().isdisjoint(_NEVER_INSIDE):
        raise _refused("it must hold neither request nor request_uri (RFC 9101 section 4)")
    expires, begins = _moment(claims, "exp"), _moment(claims, "nbf")
    latest, earliest = now.timestamp() + LEEWAY.total_seconds(), now.timestamp() - LEEWAY.total_seconds()
    if expires is not None and expires <= earliest:
        raise _refused("it has expired")
    if begins is not None and begins > latest:
        raise _refused("it is not valid yet")
    if client.profile is ClientProfile.FAPI2:
        longest = LONGEST_LIFE.total_seconds()
        if expires is None or begins is None or expires - begins > longest or begins < earliest - longest:
            raise _refused("it must say exp and nbf, at most 60 minutes apart (FAPI 2.0)")


def check_outside(claims: Mapping[str, Any], outside: Pairs) -> None:
    """Refuses parameters beside the object that contradict it (OpenID Connect Core section 6.1).

    Raises:
        OAuthError: `invalid_request_object`.
    """
    for name in _SAME_OUTSIDE:
        if name in claims and single(outside, name) not in (None, claims[name]):
            raise _refused(f"{name} is another one beside the object")


def pairs_of(client: Client, claims: Mapping[str, Any]) -> Pairs:
    """Returns the parameters in an object as those of a query; whatever else it says is ignored.

    Raises:
        OAuthError: `invalid_request_object`, a value is of the wrong type.
    """
    said = {name: value for name, value in claims.items() if name in NAMES and value is not None}
    return [(name, _text(name, value)) for name, value in said.items() if name != "client_id"] + [
        ("client_id", client.client_id)
    ]


def _text(name: str, value: Any) -> str:
    match value:
        case str():
            return value
        case int() if name in {"max_age", "signed_in_since"} and not isinstance(value, bool):
            return str(value)
        case dict() if name == "claims":
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    raise _refused(f"{name} is of the wrong type")


def _moment(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _END_OF_TIME:
        raise _refused(f"{name} must be a number of seconds (RFC 7519)")
    return value


def _refused(why: str) -> OAuthError:
    return OAuthError("invalid_request_object", f"the request object is refused: {why}")
