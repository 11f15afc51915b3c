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
            claims["ath"] = urlsafe_b64encode(sha256(token.encode()).digest()).rstrip(b"=").decode()
        claims = {name: value for name, value in (claims | changed).items() if value is not None}
        members = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self.key.as_dict(private=False)} | (header or {})
        return jws.serialize_compact(members, json.dumps(claims), self.key, algorithms=["ES256"])
