"""Our own tokens, signed and read (RFC 7515, 7518, 8037); keys are named by their thumbprint (RFC 7638)."""

import json
import time
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any, Literal

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey, import_key
from pingshan_kit import clock
from pingshan_kit.errors import Unavailable
from pingshan_kit.trust import jose
from pingshan_kit.trust.remembered import RememberedTokens
from pingshan_values import strict_json

from pingshan_identity.domain.keys.signing_key import ALGORITHMS, RELIED_ON_FOR, Algorithm, Period, signs_now
from pingshan_identity.domain.oauth_error import OAuthError

ACCESS_TOKEN: Literal["at+jwt"] = "at+jwt"  # noqa: S105 - a media type
"""Type of access tokens (RFC 9068 section 2.1); they are always ES256, since our services check nothing else."""
ID_TOKEN: Literal["JWT"] = "JWT"  # noqa: S105 - a media type
_RSA_BITS = 2048


class TokenSigner:
    """Keeps the published keys in memory, filled by `usecases/keys/load_keys.py`, so that signing asks no database."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self._keys: dict[str, Key] = {}
        self._periods: Mapping[str, Period] = {}
        self._looked_at = float("-inf")
        self._remembered = {kind: RememberedTokens() for kind in (ACCESS_TOKEN, ID_TOKEN)}

    @property
    def kids(self) -> Collection[str]:
        """Returns the ids of the keys in memory."""
        return self._keys.keys()

    @property
    def is_ready(self) -> bool:
        """Returns whether there is a key of every algorithm."""
        return {period.alg for period in self._periods.values()}.issuperset(ALGORITHMS)

    @property
    def relied_on(self) -> bool:
        """Returns whether the keys were looked for so recently that none can have been withdrawn for long."""
        return time.monotonic() - self._looked_at <= RELIED_ON_FOR.total_seconds()

    def adopt(self, periods: Mapping[str, Period], private_jwks: Mapping[str, str], looked_at: float) -> None:
        """Replaces the published keys by `kid`; `private_jwks` holds those that were not in memory before.

        `looked_at` is the value of `time.monotonic` before the keys were asked for.
        """
        new = {kid: _imported(kid, private_jwks[kid], periods[kid].alg) for kid in private_jwks}
        self._keys = {kid: key for kid, key in (self._keys | new).items() if kid in periods}
        self._periods, self._looked_at = periods, looked_at

    def jwks(self) -> dict[str, Any]:
        """Returns the public keys (RFC 7517 section 5), those of the preferred algorithm first."""
        of = self._periods
        kids = sorted(self._keys, key=lambda kid: (ALGORITHMS.index(of[kid].alg), of[kid].signs_from))
        return {"keys": [self._keys[kid].as_dict(private=False) for kid in kids]}

    def sign(self, claims: Mapping[str, Any], kind: str, alg: Algorithm = "ES256") -> str:
        """Returns a compact JWS with `kind` as its `typ`. Raises Unavailable where there is no key of the algorithm."""
        now = clock.now()
        period = signs_now(self._periods.values(), alg, now)
        kid = next((kid for kid, each in self._periods.items() if each is period), None)
        if kid is None:
            raise Unavailable(part="database")
        return jose.sign(claims, self._keys[kid], kind, alg)

    def read(self, token: str, kind: Literal["at+jwt", "JWT"]) -> dict[str, Any]:
        """Returns the claims of a token of that kind that we signed; the caller checks whether it has expired.

        Raises:
            OAuthError: `invalid_token`.
            Unavailable: the keys were not looked for lately, so one may have been withdrawn.
        """
        if not self.relied_on:
            raise Unavailable(part="database")
        algorithms = ("ES256",) if kind == ACCESS_TOKEN else ALGORITHMS
        remembered = self._remembered[kind]
        kid = remembered.kid(token)
        try:
            kid = kid or jose.key_id(token, frozenset({kind}), frozenset(algorithms))
        except jose.TokenRefused as error:
            raise OAuthError("invalid_token", "the token's form is wrong") from error
        period = self._periods.get(kid)
        if period is None or period.alg not in algorithms:
            raise OAuthError("invalid_token", "the token is signed with another key")
        key = self._keys[kid]
        claims = remembered.claims(token, kid, key, partial(verified, token, key, period.alg))
        if claims.get("iss") != self.issuer:
            raise OAuthError("invalid_token", "the token is of another issuer")
        return claims


def verified(token: str, key: Key, alg: str) -> dict[str, Any]:
    """Returns the claims of a token that this key signed with this algorithm, whatever the token's header says.

    Header members that nobody knows are ignored (RFC 7515 section 4); who calls has refused what changes the meaning.

    Raises:
        OAuthError: `invalid_token`.
    """
    try:
        lenient = jws.JWSRegistry(algorithms=[alg], strict_check_header=False)
        payload = jws.deserialize_compact(token.encode(), key, registry=lenient).payload
        claims = strict_json.loads(payload or b"")
    except (JoseError, ValueError) as error:
        raise OAuthError("invalid_token", "the token's form or signature is wrong") from error
    if not isinstance(claims, dict):
        raise OAuthError("invalid_token", "the token's payload is not an object")
    return claims


def verified_by(public_jwk: Mapping[str, Any], token: str) -> dict[str, Any]:
    """Returns the claims of an ES256 token that this public key verifies. Raises OAuthError `invalid_token`."""
    return verified(token, import_key(dict(public_jwk)), jose.ALGORITHM)


def new_key(alg: Algorithm) -> tuple[str, str, dict[str, Any]]:
    """Returns a new key as its `kid`, its private JWK in JSON, and its public JWK."""
    key: Key
    match alg:
        case "ES256":
            key = ECKey.generate_key("P-256")
        case "RS256":
            key = RSAKey.generate_key(_RSA_BITS)
        case "EdDSA":
            key = OKPKey.generate_key("Ed25519")
    return key.thumbprint(), json.dumps(key.as_dict(private=True)), dict(key.as_dict(private=False))


def _imported(kid: str, private_jwk: str, alg: Algorithm) -> Key:
    return import_key(json.loads(private_jwk), parameters={"kid": kid, "use": "sig", "alg": alg})
