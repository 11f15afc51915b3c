"""Identity's access token (RFC 9068), by which a person or an agency's system proves itself, checked offline."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from pingshan_values.actor import Actor

from pingshan_kit.errors import Unavailable
from pingshan_kit.outgoing import CallFailed, Outgoing, json_of
from pingshan_kit.trust import actors, dpop, jose
from pingshan_kit.trust.remembered import RememberedTokens
from pingshan_kit.trust.revocations import Revocations

MAX_LIFE = 600
"""Seconds; identity's tokens live at most ten minutes."""

LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"

_KINDS = frozenset({"at+jwt", "application/at+jwt"})
_PATIENCE = 3.0
_REFETCH_AFTER = 2.0
"""Seconds between two fetches for unknown keys: a flood of made-up kids does not become a flood of fetches."""
_FRESH = 300.0
"""Seconds after which the keys are fetched again."""
_FRESH_UNINFORMED = 0.5
"""The same while nobody tells of withdrawn keys: with the time in which identity's processes learn of a withdrawal,
less than the two seconds in which it counts everywhere."""


@dataclass(frozen=True)
class Presented:
    """Holds a DPoP proof, and method and URL of the request that it came with."""

    proof: str
    method: str
    url: str


class IssuerKeys:
    """Holds identity's public keys for its tokens; fetches them for an unknown `kid`, and when they are old."""

    def __init__(self, issuer: str, revocations: Revocations, authority: Path | None = None) -> None:
        """Takes `outgoing_ca_file` of the settings as `authority`."""
        self._issuer = issuer
        self._revocations = revocations
        self._outgoing = Outgoing(authority, total_seconds=_PATIENCE)
        self._keys: dict[str, ECKey] = {}
        self._fetched_at = float("-inf")
        self._failed_at = float("-inf")
        self._lock = asyncio.Lock()

    async def get(self, kid: str) -> ECKey:
        """Returns a key that counts.

        While `Revocations` is not informed, only keys count that the issuer published within the last half second.
        Raises TokenRefused where the issuer has no such kid or has withdrawn it, Unavailable where nobody can tell.
        """
        asked_at = time.monotonic()
        if kid not in self._keys or self._age > self._fresh:
            async with self._lock:
                await self._renew(kid, asked_at)
        if self._revocations.is_withdrawn(kid):
            raise jose.TokenRefused("withdrawn kid")
        if kid not in self._keys:
            raise jose.TokenRefused("unknown kid")
        return self._keys[kid]

    @property
    def _age(self) -> float:
        return time.monotonic() - self._fetched_at

    @property
    def _fresh(self) -> float:
        return _FRESH if self._revocations.informed else _FRESH_UNINFORMED

    async def _renew(self, kid: str, asked_at: float) -> None:
        """Fetches the keys where that is due; who waited for a fetch that failed does not wait for another one."""
        informed = self._revocations.informed
        if self._failed_at >= asked_at:
            if not informed or kid not in self._keys:
                raise Unavailable(part="identity")
        elif not informed:
            if asked_at - self._fetched_at > _FRESH_UNINFORMED:
                await self._fetch()
        elif kid not in self._keys and self._age > _REFETCH_AFTER:
            await self._fetch()
        elif self._age > _FRESH:
            with suppress(Unavailable):
                await self._fetch()
            self._fetched_at = time.monotonic()  # an issuer that is away is not asked again for every token

    async def _fetch(self) -> None:
        asked_at = time.monotonic()
        try:
            answer = await self._outgoing.call("GET", f"{self._issuer}/jwks")
            documents = json_of(answer)["keys"]
            self._keys = {
                document["kid"]: ECKey.import_key(document)
                for document in documents
                if isinstance(document, dict) and (document.get("kty"), document.get("crv")) == ("EC", "P-256")
                if "kid" in document
            }
        except (CallFailed, ValueError, KeyError, TypeError, JoseError) as error:
            self._failed_at = time.monotonic()
            raise Unavailable(part="identity") from error
        self._fetched_at = asked_at


class AccessTokens:
    """Checks tokens for one audience."""

    def __init__(self, audience: str, issuer: str, keys: IssuerKeys) -> None:
        self._audience = audience
        self._issuer = issuer
        self._keys = keys
        self._proofs = dpop.SeenProofs()
        self._remembered = RememberedTokens()

    async def verify(self, token: str, presented: "Presented | None" = None) -> Actor:
        """Returns the caller, of whose session only `Revocations` knows the end. Raises TokenRefused, Unavailable.

        A token that is bound to a key counts only with a proof of that key (RFC 9449 section 7.1).
        """
        claims = await self.claims(token)
        self._refuse_unless_possessed(claims, token, presented)
        return actors.from_access_token(claims)

    def _refuse_unless_possessed(self, claims: Mapping[str, Any], token: str, presented: "Presented | None") -> None:
        bound = claims.get("cnf")
        if bound is None and presented is None:
            return
        if not isinstance(bound, dict) or presented is None:
            raise jose.TokenRefused("a bound token needs its proof, another one none")
        proof = dpop.check(presented.proof, method=presented.method, url=presented.url, access_token=token)
        if proof.jkt != bound.get("jkt"):
            raise jose.TokenRefused("proof of another key")
        self._proofs.refuse_replay(proof)

    async def claims(self, token: str) -> dict[str, Any]:
        """Returns the claims of an access token. Raises TokenRefused, Unavailable.

        That its signature was found right is remembered for a minute; its key and its times are asked each time.
        """
        kid = self._remembered.kid(token) or jose.key_id(token, _KINDS)
        key = await self._keys.get(kid)
        issuer, audience = self._issuer, self._audience
        verify = partial(jose.claims, token, key, issuer=issuer, audience=audience, max_life=MAX_LIFE)
        found = self._remembered.claims(token, kid, key, verify)
        jose.refuse_unless_alive(found, MAX_LIFE)
        return found

    async def logout_token_claims(self, token: str) -> dict[str, Any]:
        """Returns the claims of a logout token for this service (OpenID Connect Back-Channel Logout 1.0 section 2.6).

        A token that comes twice is no harm: what it ends is ended. Raises TokenRefused, Unavailable.
        """
        key = await self._keys.get(jose.key_id(token, frozenset({"logout+jwt"})))
        claims = jose.claims(token, key, issuer=self._issuer, audience=self._audience, max_life=MAX_LIFE)
        events = claims.get("events")
        if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
            raise jose.TokenRefused("events")
        if "nonce" in claims:
            raise jose.TokenRefused("nonce")
        if not any(isinstance(claims.get(name), str) and claims[name] for name in ("sid", "sub")):
            raise jose.TokenRefused("sid or sub")
        return claims

    async def id_token_claims(self, token: str, nonce: str) -> dict[str, Any]:
        """Returns the claims of an ID token for this service (OpenID Connect Core section 3.1.3.7).

        Raises TokenRefused, Unavailable.
        """
        key = await self._keys.get(jose.key_id(token, frozenset({"JWT"})))
        claims = jose.claims(token, key, issuer=self._issuer, audience=self._audience, max_life=MAX_LIFE)
        if claims.get("nonce") != nonce:
            raise jose.TokenRefused("nonce")
        return claims
