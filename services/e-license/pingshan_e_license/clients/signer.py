"""Signs licences (ES256) and publishes the public key."""

import json
import secrets
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from pingshan_kit.settings import ServiceSettings
from pingshan_values.status_list import MEDIA_TYPE as STATUS_LIST

from pingshan_e_license.domain.credential import MEDIA_TYPE, Credential, Unsigned

_SECRET = "issuer_key.pem"  # noqa: S105 - the name of a file
_ALGORITHM = "ES256"


class Signer:
    """Signs credentials and checks its own signatures; the `kid` is the key's JWK thumbprint (RFC 7638)."""

    def __init__(self, key: ECKey) -> None:
        self._key = key
        self._kid = key.thumbprint()
        self._claims = lru_cache(maxsize=10_000)(self._read)

    @classmethod
    def from_settings(cls, settings: ServiceSettings) -> "Signer":
        return cls(ECKey.import_key(settings.secret(_SECRET)))

    def sign(self, unsigned: Unsigned) -> Credential:
        header = {"alg": _ALGORITHM, "typ": MEDIA_TYPE, "kid": self._kid}
        jwt = jws.serialize_compact(
            header, json.dumps(unsigned.claims, ensure_ascii=False), self._key, algorithms=[_ALGORITHM]
        )
        return Credential(jwt, unsigned.disclosures)

    def sign_status_list(self, claims: Mapping[str, Any]) -> str:
        """Returns a status list token (draft-ietf-oauth-status-list-21, section 5.1)."""
        header = {"alg": _ALGORITHM, "typ": STATUS_LIST, "kid": self._kid}
        return jws.serialize_compact(header, json.dumps(claims), self._key, algorithms=[_ALGORITHM])

    def claims(self, jwt: str) -> dict[str, Any] | None:
        """Returns the claims, or None where signature, `kid` or `typ` is wrong.

        The claims of the last 10,000 accepted texts are remembered, since neither texts nor key change.
        """
        try:
            return self._claims(jwt)
        except (JoseError, ValueError):
            return None

    def public_keys(self) -> dict[str, Any]:
        """Returns a JWK Set with the public key (RFC 7517)."""
        public = self._key.as_dict(private=False)
        return {"keys": [{**public, "kid": self._kid, "use": "sig", "alg": _ALGORITHM}]}

    def _read(self, jwt: str) -> dict[str, Any]:
        signed = jws.deserialize_compact(jwt, self._key, algorithms=[_ALGORITHM])
        header = signed.headers()
        if header.get("typ") != MEDIA_TYPE or header.get("kid") != self._kid:
            raise ValueError("another type or key")
        claims: dict[str, Any] = json.loads(signed.payload)
        return claims


def new_salt() -> str:
    """Returns 128 random bits as base64url (RFC 9901)."""
    return secrets.token_urlsafe(16)
