"""Public keys that clients register (`jwks`, RFC 7517 and RFC 7591 section 2), and which of them an assertion names."""

from collections.abc import Mapping
from typing import Any

from pingshan_identity.domain.oauth_error import OAuthError

ASSERTION_ALGORITHMS = ("ES256", "RS256", "EdDSA", "Ed25519")
"""Algorithms of client assertions; `EdDSA` and its newer name `Ed25519` (RFC 9864) mean the same key here."""
MAX_KEYS = 10
_KEY_TYPES = {
    "ES256": ("EC", "P-256"),
    "RS256": ("RSA", None),
    "EdDSA": ("OKP", "Ed25519"),
    "Ed25519": ("OKP", "Ed25519"),
}
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_MEMBERS = ("kty", "crv", "x", "y", "n", "e", "kid", "use", "alg")
_SMALLEST_MODULUS = 340
"""Fewest base64url characters of a 2,048 bit modulus without leading zeros (RFC 8725 section 3.5)."""


def check_jwks(document: Any) -> Mapping[str, Any]:
    """Returns a key set that a client may register, 1 to 10 keys, without members that identity does not need.

    Raises:
        OAuthError: `invalid_client_metadata`.
    """
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list) or not 1 <= len(keys) <= MAX_KEYS:
        raise OAuthError("invalid_client_metadata", f"jwks must be an object with 1 to {MAX_KEYS} keys")
    keys = [_known_members(key) for key in keys]
    for key in keys:
        if not _is_usable(key):
            raise OAuthError("invalid_client_metadata", "jwks: each key must be EC P-256, RSA of 2048 bits or Ed25519")
    kids = [key.get("kid") for key in keys]
    if len(keys) > 1 and (len(set(kids)) != len(keys) or not all(kids)):
        raise OAuthError("invalid_client_metadata", "jwks: each of several keys needs a kid of its own")
    return {"keys": keys}


def named_key(jwks: Mapping[str, Any] | None, kid: object, alg: str) -> Mapping[str, Any] | None:
    """Returns the registered key that has that `kid` and fits the algorithm; None where none, or more than one, does.

    Where `kid` is None, every key that fits the algorithm counts.
    """
    fitting = [
        key
        for key in (jwks or {}).get("keys", ())
        if (key.get("kty"), key.get("crv")) == _KEY_TYPES.get(alg)
        and key.get("use", "sig") == "sig"
        and (kid is None or kid == key.get("kid"))
    ]
    return fitting[0] if len(fitting) == 1 else None


def _known_members(key: Any) -> dict[str, str]:
    """Returns the members of a key that identity needs; refuses a private key, so that nobody believes it is kept safe
    here.
    """
    if not isinstance(key, dict) or key.keys() & _PRIVATE:
        raise OAuthError("invalid_client_metadata", "jwks must hold public keys: a private one never leaves the client")
    known = {name: key[name] for name in _MEMBERS if key.get(name) is not None}
    if not all(isinstance(value, str) and value.isascii() and value.isprintable() for value in known.values()):
        raise OAuthError("invalid_client_metadata", "jwks: members of keys must be ASCII text")
    return known


def _is_usable(key: Mapping[str, Any]) -> bool:
    if (key.get("kty"), key.get("crv")) not in _KEY_TYPES.values():
        return False
    return key["kty"] != "RSA" or len(key.get("n", "")) >= _SMALLEST_MODULUS
