"""The token by which a service proves itself to a sibling: a JWT of 60 s, signed with its own key, for one callee.

Own code around joserfc: SPIFFE would give the same proof, with a server and an agent beside every process.
"""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from joserfc.jwk import ECKey
from pingshan_values.actor import Actor, ActorKind

from pingshan_kit.errors import Unavailable
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.trust import actors, jose

HEADER = "pingshan-service"
"""gRPC metadata key and HTTP header that carries the token."""

LIFE = 60
_KIND = "pingshan-service+jwt"
_LOOK_AGAIN = 0.5
"""Seconds between two looks at the file of public keys: a key that was replaced is not believed for longer."""


@dataclass(frozen=True)
class ServiceCaller:
    """Names a sibling that proved itself, and the person for whom it calls."""

    service: str
    person: Actor | None
    """The person for whom it calls, by its word. Without roles: those of its own audience mean nothing here."""

    @property
    def actor(self) -> Actor:
        return self.person or Actor(kind=ActorKind.SERVICE, service=self.service)


class ServiceTokens:
    """Signs this service's tokens and checks those of its siblings."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._settings = settings
        self._keys = ServiceKeys(settings.service_jwks)

    def sign(self, target: str, person: Actor | None = None) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self._settings.service,
            "aud": target,
            "iat": now,
            "exp": now + LIFE,
            "jti": str(uuid4()),
        }
        if person is not None:
            claims["person"] = actors.to_service_token(person)
        return jose.sign(claims, self._settings.service_key, _KIND)

    @property
    def readable(self) -> bool:
        """Returns whether the siblings' keys could be read when a token was looked at last."""
        return self._keys.readable

    def verify(self, token: str) -> ServiceCaller:
        """Returns the sibling that signed the token. Raises TokenRefused; Unavailable while the keys cannot be read."""
        kid = jose.key_id(token, frozenset({_KIND}))
        key = self._keys.get(kid)
        audience = self._settings.service
        claims = jose.claims(token, key, issuer=kid, audience=audience, max_life=LIFE)
        person = claims.get("person")
        return ServiceCaller(kid, actors.from_service_token(person, kid) if isinstance(person, dict) else None)


class ServiceKeys:
    """Holds the public keys of all services, from one file; looks twice a second whether it has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at = -1
        self._looked_at = float("-inf")
        self._keys: dict[str, ECKey] = {}
        self.readable = True

    def get(self, kid: str) -> ECKey:
        """Returns the key of a service. Raises TokenRefused where there is none, Unavailable where nobody can tell."""
        if kid not in self._keys or time.monotonic() - self._looked_at >= _LOOK_AGAIN:
            self._read()
        if kid not in self._keys:
            raise jose.TokenRefused("unknown kid")
        return self._keys[kid]

    def _read(self) -> None:
        try:
            changed_at = self._path.stat().st_mtime_ns
            if changed_at != self._read_at:
                documents = json.loads(self._path.read_text(encoding="utf-8"))["keys"]
                self._keys = {document["kid"]: ECKey.import_key(document) for document in documents}
                self._read_at = changed_at
        except (OSError, ValueError, KeyError, TypeError) as error:
            self.readable = False
            raise Unavailable(part="service-keys") from error
        self.readable = True
        self._looked_at = time.monotonic()
