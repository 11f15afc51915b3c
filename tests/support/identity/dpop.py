"""A client's key and its proofs of possession (RFC 9449)."""

import json
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import uuid4

from joserfc import jws
from joserfc.jwk import ECKey


@dataclass
class DpopKey:
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))

    @property
    def jkt(self) -> str:
        return self.key.thumbprint()

    def proof(self, method: str, url: str, *, token: str | None = None, header: Any = None, **changed: Any) -> str:
        """`changed` replaces claims, None removes one; `header` replaces members of the header."""
        claims: dict[str, Any] = {"jti": str(uuid4()), "htm": method, "htu": url, "iat": int(time.time())}
        if token is not None:
            claims["ath"] = _base64url(sha256(token.encode()).digest())
        claims = {name: value for name, value in (claims | changed).items() if value is not None}
        members = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self.key.as_dict(private=False)} | (header or {})
        return _signed(members, json.dumps(claims), self.key)


def _signed(header: dict[str, Any], payload: str, key: ECKey) -> str:
    """Returns a JWS with any header: joserfc writes only what it would take."""
    signed = ".".join(_base64url(part.encode()) for part in (json.dumps(header), payload))
    signature = jws.JWSRegistry(algorithms=["ES256"]).get_alg("ES256").sign(signed.encode(), key)
    return f"{signed}.{_base64url(signature)}"


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
