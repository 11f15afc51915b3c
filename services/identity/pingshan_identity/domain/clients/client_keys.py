"""Public keys of clients (`jwks` and `jwks_uri`, RFC 7517 and RFC 7591 section 2), and which of them a token names."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from pingshan_identity.domain.clients.client import Client, ClientProfile
from pingshan_identity.domain.oauth_error import OAuthError

ASSERTION_ALGORITHMS = ("ES256", "RS256", "PS256", "EdDSA", "Ed25519")
"""Algorithms of client assertions; `EdDSA` and its newer name `Ed25519` (RFC 9864) mean the same key here."""
_FAPI2_ALGORITHMS = ("ES256", "PS256", "EdDSA", "Ed25519")
"""FAPI 2.0 Security Profile section 5.4.1."""
MAX_KEYS = 10
_KEY_TYPES = {
    "ES256": ("EC", "P-256"),
    "RS256": ("RSA", None),
    "PS256": ("RSA", None),
    "EdDSA": ("OKP", "Ed25519"),
    "Ed25519": ("OKP", "Ed25519"),
}
_EDWARDS = frozenset({"EdDSA", "Ed25519"})
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_MEMBERS = ("kty", "crv", "x", "y", "n", "e", "kid", "use", "alg")
_MODULUS = range(342, 1_367)
"""Base64url characters of a modulus of 2,048 (RFC 8725 section 3.5) to 8,192 bits, which take long enough to verify."""
_LONGEST_EXPONENT = 8
_LONGEST = 1_400
"""Characters of any member of a key."""


def assertion_algorithms(client: Client) -> tuple[str, ...]:
    """Returns the algorithms that assertions of the client may have."""
    return _FAPI2_ALGORITHMS if client.profile is ClientProfile.FAPI2 else ASSERTION_ALGORITHMS


def check_jwks(document: Any) -> Mapping[str, Any]:
    """Returns the key set that is kept of the one that a client registers: what verifies signatures here, 1 to 10 keys,
    without members that identity does not need.

    Raises:
        OAuthError: `invalid_client_metadata`.
    """
    keys = list(_usable(document))
    if not 1 <= len(keys) <= MAX_KEYS:
        raise _refused(f"1 to {MAX_KEYS} keys for signatures are needed: EC P-256, RSA of 2048 to 8192 bits or Ed25519")
    alike = Counter((key["kty"], key.get("kid")) for key in keys)
    several = Counter(key["kty"] for key in keys)
    if any(several[kty] > 1 and (kid is None or count > 1) for (kty, kid), count in alike.items()):
        raise _refused("each of several keys of one type needs a kid of its own")
    return {"keys": keys}


def named_key(jwks: Mapping[str, Any] | None, kid: object, alg: str) -> Mapping[str, Any] | None:
    """Returns the key that has that `kid` and fits the algorithm; None where none, or more than one, does.

    Where `kid` is None, every key that fits the algorithm counts.
    """
    fitting = [
        key
        for key in (jwks or {}).get("keys", ())
        if (key.get("kty"), key.get("crv")) == _KEY_TYPES.get(alg)
        and key.get("use", "sig") == "sig"
        and _is_for(key, alg)
        and (kid is None or kid == key.get("kid"))
    ]
    return fitting[0] if len(fitting) == 1 else None


def _is_for(key: Mapping[str, Any], alg: str) -> bool:
    own = key.get("alg", alg)
    return own == alg or {own, alg} == _EDWARDS


def _usable(document: Any) -> Iterator[dict[str, str]]:
    """Yields the keys that verify signatures here; those for encryption, and of other kinds, are left out."""
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise _refused("it must be an object with a list of keys")
    for key in keys:
        if key.keys() & _PRIVATE:  # refused, so that nobody believes it is kept safe here
            raise _refused("it must hold public keys: a private one never leaves the client")
        known = {name: key[name] for name in _MEMBERS if key.get(name) is not None}
        if not all(_is_plain(value) for value in known.values()):
            raise _refused(f"members of keys must be ASCII text of at most {_LONGEST} characters")
        if _verifies(known):
            yield known


def _is_plain(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST and value.isascii() and value.isprintable()


def _verifies(key: Mapping[str, str]) -> bool:
    if (key.get("kty"), key.get("crv")) not in _KEY_TYPES.values() or key.get("use", "sig") != "sig":
        return False
    if key.get("alg", "ES256") not in _KEY_TYPES:
        return False
    return key["kty"] != "RSA" or (len(key.get("n", "")) in _MODULUS and len(key.get("e", "")) <= _LONGEST_EXPONENT)


def _refused(why: str) -> OAuthError:
    return OAuthError("invalid_client_metadata", f"jwks: {why}")
