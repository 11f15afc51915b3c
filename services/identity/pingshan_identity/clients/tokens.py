"""Signs and reads our own tokens: ES256 (RFC 7518 section 3.4), one key, named by its thumbprint (RFC 7638)."""

import json
from collections.abc import Mapping
from typing import Any, Literal

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from pingshan_kit.trust import jose

from pingshan_identity.domain.oauth_error import OAuthError

ACCESS_TOKEN: Literal["at+jwt"] = "at+jwt"  # noqa: S105 - a media type
"""RFC 9068 section 2.1."""
ID_TOKEN: Literal["JWT"] = "JWT"  # noqa: S105 - a media type


class TokenSigner:
    def __init__(self, issuer: str, private_key_pem: str) -> None:
        self.issuer = issuer
        key = ECKey.import_key(private_key_pem)
        if key.curve_name != "P-256":
            raise ValueError("the token key must be on P-256")
        self._key = ECKey.import_key(private_key_pem, {"kid": key.thumbprint(), "use": "sig", "alg": jose.ALGORITHM})

    def jwks(self) -> dict[str, Any]:
        """The public keys (RFC 7517 section 5)."""
        return {"keys": [self._key.as_dict(private=False)]}

    def sign(self, claims: Mapping[str, Any], kind: Literal["at+jwt", "JWT"]) -> str:
        return jose.sign(claims, self._key, kind)

    def read(self, token: str, kind: Literal["at+jwt", "JWT"]) -> dict[str, Any]:
        """Claims of a token that we signed, of that kind; whether it has expired is the caller's business.

        Raises:
            OAuthError: `invalid_token`.

        """
        claims = read_signed(token, self._key, frozenset({kind}))
        if claims.get("iss") != self.issuer:
            raise OAuthError("invalid_token", "the token is of another issuer")
        return claims


def read_signed(token: str, key: ECKey, kinds: frozenset[str]) -> dict[str, Any]:
    """Claims of an ES256 token that this very key signed, whatever its header proposes.

    Raises:
        OAuthError: `invalid_token`.

    """
    try:
        if jose.key_id(token, kinds) != key.kid:
            raise OAuthError("invalid_token", "the token is signed with another key")
        payload = jws.deserialize_compact(token.encode(), key, [jose.ALGORITHM]).payload
        claims = json.loads(payload or b"")
    except (jose.TokenRefused, JoseError, ValueError) as error:
        raise OAuthError("invalid_token", "the token's form or signature is wrong") from error
    if not isinstance(claims, dict):
        raise OAuthError("invalid_token", "the token's payload is not an object")
    return claims
