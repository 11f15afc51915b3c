"""A plain OpenID Connect client, as the maker of a district system would write it: code, PKCE, HTTP Basic."""

import os
import secrets
import ssl
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from typing import Any
from urllib.parse import quote_plus, urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

_PATIENCE = 5.0
_LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


class SignInFailed(Exception):
    """Identity refused, is away, or its answer cannot be trusted."""


@dataclass(frozen=True)
class Attempt:
    """Holds what must come back from one visit to the issuer."""

    state: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32))


@dataclass(frozen=True)
class Tokens:
    access_token: str = field(repr=False)
    id_token: str = field(repr=False)
    claims: dict[str, Any] = field(repr=False)
    """Claims of the ID token."""


@dataclass
class RelyingParty:
    issuer: str
    client_id: str
    secret: str = field(repr=False)
    redirect_uri: str

    async def authorization_address(self, attempt: Attempt, language: str) -> str:
        """Returns the address at the issuer where the person signs in. Raises SignInFailed."""
        digest = sha256(attempt.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid profile",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            "ui_locales": language,
        }
        return f"{await self._endpoint('authorization_endpoint')}?{urlencode(query)}"

    async def redeem(self, code: str, attempt: Attempt) -> Tokens:
        """Returns the tokens for an authorization code, the ID token checked. Raises SignInFailed."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": attempt.verifier,
        }
        # RFC 6749 section 2.3.1: both parts are form-urlencoded before they become HTTP Basic.
        auth = (quote_plus(self.client_id), quote_plus(self.secret))
        answer = await _call("POST", await self._endpoint("token_endpoint"), data=form, auth=auth)
        if answer.status_code != httpx.codes.OK:
            raise SignInFailed(f"token endpoint: {answer.json().get('error')}")
        tokens = answer.json()
        return Tokens(tokens["access_token"], tokens["id_token"], await self._checked(tokens["id_token"], attempt))

    async def logout_claims(self, token: str) -> dict[str, Any]:
        """Returns the claims of a logout token (OpenID Connect Back-Channel Logout 1.0 section 2.6).

        Raises SignInFailed.
        """
        claims = await self._verified(token, {})
        if _LOGOUT_EVENT not in claims.get("events", {}) or "nonce" in claims:
            raise SignInFailed("not a logout token")
        return claims

    async def end_session(self, id_token: str) -> None:
        """Ends the session from server to server, so that no token stands in an address. Raises SignInFailed."""
        form = {"id_token_hint": id_token, "client_id": self.client_id}
        await _call("POST", await self._endpoint("end_session_endpoint"), data=form)

    async def _checked(self, id_token: str, attempt: Attempt) -> dict[str, Any]:
        """Returns the claims of an ID token (OpenID Connect Core section 3.1.3.7). Raises SignInFailed."""
        return await self._verified(id_token, {"nonce": {"essential": True, "value": attempt.nonce}})

    async def _verified(self, token: str, rules: dict[str, Any]) -> dict[str, Any]:
        keys = KeySet.import_key_set((await _call("GET", await self._endpoint("jwks_uri"))).json())
        registry = JWTClaimsRegistry(
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.client_id},
            exp={"essential": True},
            sub={"essential": True},
            **rules,
        )
        try:
            read = jwt.decode(token, keys, algorithms=["ES256"])
            registry.validate(read.claims)
        except (JoseError, ValueError) as error:
            raise SignInFailed("the token cannot be trusted") from error
        return dict(read.claims)

    async def _endpoint(self, name: str) -> str:
        metadata = (await _call("GET", f"{self.issuer}/.well-known/openid-configuration")).json()
        if metadata.get("issuer") != self.issuer:
            raise SignInFailed("discovery names another issuer")
        return str(metadata[name])


@cache
def _authorities() -> ssl.SSLContext:
    """Returns the public certificate authorities and the one that operators add, read once: that takes 25 ms."""
    context = httpx.create_ssl_context(trust_env=False)
    if own := os.environ.get("PINGSHAN_SIMULATORS_OUTGOING_CA_FILE"):
        context.load_verify_locations(cafile=own)
    return context


async def _call(method: str, address: str, **options: Any) -> httpx.Response:
    try:
        async with httpx.AsyncClient(timeout=_PATIENCE, verify=_authorities(), trust_env=False) as client:
            return await client.request(method, address, **options)
    except httpx.HTTPError as error:
        raise SignInFailed("identity is away") from error
