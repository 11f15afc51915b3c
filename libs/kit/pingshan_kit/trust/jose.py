"""Signed tokens (RFC 7515, 7519), read strictly: ES256 among ourselves, the key by `kid` and never from the token.

Signatures are joserfc's. Own is the strictness around them: joserfc takes header members that bring a key, a list as
audience, and any length of life. What a header says beside is not understood, and ignored (RFC 7515 section 4).
"""

import base64
import binascii
import json
import time
from collections.abc import Mapping
from functools import cache
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key
from pingshan_values import strict_json

from pingshan_kit.errors import Unauthenticated

ALGORITHM = "ES256"
LEEWAY = 5
"""Seconds by which clocks may differ."""

_MAX_LENGTH = 8_192
_UNHEEDED = frozenset({"crit", "b64"})
"""Header members that change what the rest means (RFC 7515 section 4.1.11, RFC 7797): to ignore them is to misread."""
_BRINGS_A_KEY = frozenset({"jwk", "jku", "x5u"})
"""Header members by which a sender says which key to believe; ours are known before."""


class _Registry(jws.JWSRegistry):
    """Takes header members that it does not know, and as long a header as a token may be."""

    max_header_length = _MAX_LENGTH


class TokenRefused(Unauthenticated):
    """The token proves nothing here. `why` is for logs; it never holds a part of the token."""

    def __init__(self, why: str) -> None:
        super().__init__(why=why)


def sign(claims: Mapping[str, Any], key: Key, kind: str, algorithm: str = ALGORITHM) -> str:
    header = {"alg": algorithm, "typ": kind, "kid": key.kid}
    payload = json.dumps(claims, ensure_ascii=False, separators=(",", ":")).encode()
    return jws.serialize_compact(header, payload, key, [algorithm])


def key_id(
    token: str,
    kinds: frozenset[str],
    algorithms: frozenset[str] = frozenset({ALGORITHM}),
    *,
    longest: int = _MAX_LENGTH,
) -> str:
    """Returns the `kid` of a token whose header is acceptable.

    It refuses an `alg` that is none of `algorithms` (`none` and HMAC among them), another `typ`, header members that
    bring or fetch a key (`jwk`, `jku`, `x5u`) or change the meaning (`crit`, `b64`), base64url that is not canonical.
    Any other member is ignored.
    Raises TokenRefused.
    """
    found, _ = peek(token, algorithms, longest=longest)
    kind = found.get("typ")
    if not isinstance(kind, str) or kind not in kinds:
        raise TokenRefused("typ")
    kid = found.get("kid")
    if not isinstance(kid, str) or not kid:
        raise TokenRefused("kid")
    return kid


def peek(
    token: str, algorithms: frozenset[str], *, longest: int = _MAX_LENGTH
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Returns header and claims of a token whose signature is not checked yet: they choose the key, nothing else.

    Raises TokenRefused, as `key_id` does; `typ` and `kid` are the caller's business.
    """
    found, claims = opened(token, longest=longest)
    algorithm = found.get("alg")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise TokenRefused("algorithm")
    if found.keys() & _BRINGS_A_KEY:
        raise TokenRefused("header member")
    return found, claims


def opened(token: str, *, longest: int = _MAX_LENGTH) -> tuple[dict[str, Any], dict[str, Any]]:
    """Returns header and claims, unchecked, of anything that has the form of a token, and no header member that must
    be understood. Raises TokenRefused.
    """
    parts = token.split(".")
    if len(parts) != 3 or len(token) > longest:
        raise TokenRefused("not a compact JWS")
    header, claims, _signature = (_canonical(part) for part in parts)
    found = _object(header)
    if found.keys() & _UNHEEDED:
        raise TokenRefused("header member")
    return found, _object(claims)


def payload(token: str, key: Key, algorithm: str) -> bytes:
    """Returns what this key signed with this algorithm, whatever the header says of either.

    Raises joserfc's JoseError, ValueError where it is no compact JWS, or the signature is another's.
    """
    return jws.deserialize_compact(token.encode(), key, registry=_registry(algorithm)).payload or b""


@cache
def _registry(algorithm: str) -> jws.JWSRegistry:
    return _Registry(algorithms=[algorithm], strict_check_header=False)


def claims(token: str, key: ECKey, *, issuer: str, audience: str, max_life: int) -> dict[str, Any]:
    """Returns the claims of a token that `key` signed for `audience`, alive and for at most `max_life` seconds.

    Raises TokenRefused.
    """
    try:
        signed = payload(token, key, ALGORITHM)
    except (JoseError, ValueError) as error:
        raise TokenRefused("signature") from error
    found = _object(signed)
    if found.get("iss") != issuer:
        raise TokenRefused("issuer")
    if found.get("aud") != audience:
        raise TokenRefused("audience")
    refuse_unless_alive(found, max_life)
    return found


def refuse_unless_alive(found: Mapping[str, Any], max_life: int) -> None:
    """Raises TokenRefused for claims that are of no time, of the past or the future, or live too long."""
    issued, expires, now = found.get("iat"), found.get("exp"), time.time()
    if not isinstance(issued, int) or not isinstance(expires, int):
        raise TokenRefused("times")
    if expires + LEEWAY < now:
        raise TokenRefused("expired")
    if issued - LEEWAY > now:
        raise TokenRefused("not yet valid")
    if expires - issued > max_life:
        raise TokenRefused("lives too long")


def _canonical(part: str) -> bytes:
    try:
        raw = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise TokenRefused("base64url") from error
    if base64.urlsafe_b64encode(raw).rstrip(b"=") != part.encode():
        raise TokenRefused("base64url")
    return raw


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = strict_json.loads(raw)
    except ValueError as error:
        raise TokenRefused("JSON") from error
    if not isinstance(found, dict):
        raise TokenRefused("JSON")
    return found
