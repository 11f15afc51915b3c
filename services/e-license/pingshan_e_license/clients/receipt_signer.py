"""Signs receipts of uses (ES256) with a key of its own, and publishes the public key."""

import json
from collections.abc import Mapping
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey
from pingshan_kit.settings import ServiceSettings

from pingshan_e_license.domain.sharing.use import RECEIPT_TYPE

_SECRET = "receipt_key.pem"  # noqa: S105 - the name of a file
_ALGORITHM = "ES256"


class ReceiptSigner:
    """Signs receipts; the `kid` is the key's JWK thumbprint (RFC 7638)."""

    def __init__(self, key: ECKey) -> None:
        self._key = key
        self._kid = key.thumbprint()

    @classmethod
    def from_settings(cls, settings: ServiceSettings) -> "ReceiptSigner":
        return cls(ECKey.import_key(settings.secret(_SECRET)))

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Returns the claims as a JWS in compact form."""
        header = {"alg": _ALGORITHM, "typ": RECEIPT_TYPE, "kid": self._kid}
        return jws.serialize_compact(header, json.dumps(claims), self._key, algorithms=[_ALGORITHM])

    def public_keys(self) -> dict[str, Any]:
        """Returns a JWK Set with the public key (RFC 7517)."""
        public = self._key.as_dict(private=False)
        return {"keys": [{**public, "kid": self._kid, "use": "sig", "alg": _ALGORITHM}]}
