"""Demonstrating proof of possession (RFC 9449): a token that is bound to a key is worth nothing without the key.

Own code because joserfc knows the signature, but not what a proof must say.
"""

import base64
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import Key, import_key

from pingshan_kit.trust import jose

ALGORITHMS = ("ES256", "EdDSA")
KIND = "dpop+jwt"
LIFE = 60
"""Seconds for which a proof counts, from its `iat` on (section 11.1)."""
AHEAD = 10
"""Seconds by which a client's clock may be ahead of ours (section 11.1; FAPI 2.0 Security Profile section 5.3.2.1)."""
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "k"})


class ProofRefused(jose.TokenRefused):
    """The proof proves nothing here, whatever the token is that it came with (section 7.1, `invalid_dpop_proof`)."""


@dataclass(frozen=True)
class Proof:
    jkt: str
    """Thumbprint of the key (RFC 7638): what a bound token names as `cnf.jkt`."""
    jti: str
    expires_at: float
    """Seconds since 1970: until then a second proof with this `jti` is a replay."""


def check(proof: str, *, method: str, url: str, access_token: str | None = None) -> Proof:
    """Returns a proof that meets section 4.3, but for its replay, which `SeenProofs` refuses. Raises ProofRefused.

    `url` is the request's, as the client sees it; `access_token` is the one that the proof comes with at a resource.
    """
    try:
        header, claims = jose.opened(proof)
    except jose.TokenRefused as error:
        raise ProofRefused(str(error.params["why"])) from error
    if header.get("typ") != KIND:
        raise ProofRefused("typ of the proof")
    if header.get("alg") not in ALGORITHMS:
        raise ProofRefused("algorithm of the proof")
    key = _key(header.get("jwk"))
    try:
        jose.payload(proof, key, header["alg"])
    except (JoseError, ValueError) as error:
        raise ProofRefused("signature of the proof") from error
    if claims.get("htm") != method:
        raise ProofRefused("htm")
    if not _names(claims.get("htu"), url):
        raise ProofRefused("htu")
    if access_token is not None and not _is_hash_of(claims.get("ath"), access_token):
        raise ProofRefused("ath")
    return Proof(key.thumbprint(), _jti(claims), _expiry(claims))


def _key(document: Any) -> Key:
    """Returns the public key that the proof brings along: here, and nowhere else, a key in a header is right."""
    if not isinstance(document, dict) or _PRIVATE & document.keys():
        raise ProofRefused("jwk")
    try:
        key = import_key(document)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise ProofRefused("jwk") from error
    if key.key_type not in {"EC", "OKP"}:
        raise ProofRefused("jwk")
    return key


def _names(htu: Any, url: str) -> bool:
    try:
        return isinstance(htu, str) and _bare(htu) == _bare(url)
    except ValueError:  # no URL at all
        return False


def _bare(url: str) -> tuple[str, str, str]:
    """Returns scheme, authority and path, without query and fragment, normalised (RFC 3986 section 6.2.2)."""
    parts = urlsplit(url)
    default = {"http": ":80", "https": ":443"}.get(parts.scheme.lower(), "")
    authority = parts.netloc.lower()
    return parts.scheme.lower(), authority.removesuffix(default) if default else authority, parts.path or "/"


def _is_hash_of(given: Any, access_token: str) -> bool:
    digest = base64.urlsafe_b64encode(sha256(access_token.encode()).digest()).rstrip(b"=").decode()
    return isinstance(given, str) and given.isascii() and hmac.compare_digest(given, digest)


def _jti(claims: Mapping[str, Any]) -> str:
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 8 <= len(jti) <= 200:
        raise ProofRefused("jti")
    return jti


def _expiry(claims: Mapping[str, Any]) -> float:
    issued, now = claims.get("iat"), time.time()
    if not isinstance(issued, int | float) or isinstance(issued, bool):
        raise ProofRefused("iat")
    if issued > now + AHEAD or issued < now - LIFE:
        raise ProofRefused("iat")
    return float(issued) + LIFE + jose.LEEWAY


class SeenProofs:
    """Remembers the `jti`s of one process: a replay at another process of the service is possible for a minute."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], float] = {}

    def refuse_replay(self, proof: Proof) -> None:
        """Remembers the proof until it expires. Raises ProofRefused where it came before."""
        now = time.time()
        while self._seen and next(iter(self._seen.values())) < now:
            self._seen.pop(next(iter(self._seen)))
        if (proof.jkt, proof.jti) in self._seen:
            raise ProofRefused("replayed proof")
        self._seen[proof.jkt, proof.jti] = proof.expires_at
