"""Upstreams that speak OpenID Connect: identity is their client (code, PKCE, nonce, RFC 9207, RFC 9700 section 2.1)."""

import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import quote_plus, urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry
from pingshan_kit.outgoing import Outgoing, json_of
from pingshan_values.mobile import to_e164
from pingshan_values.outside_address import NOTHING_TRUSTED, AddressRefused, OutsideAddress, Trusted, outside_address
from pingshan_values.person_number import is_person_number
from pingshan_values.text import is_line

from pingshan_identity.clients.upstreams import call
from pingshan_identity.domain.clients.redirect_uri import is_web_address
from pingshan_identity.domain.errors import UpstreamAnswerRefused, UpstreamDenied
from pingshan_identity.domain.sign_in.upstream import Proven, Upstream, Visit

_METADATA_LIFE = 300.0
"""Seconds for which the upstream's metadata is kept."""
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_ALGORITHMS = ["ES256", "RS256", "PS256", "EdDSA"]
_LEEWAY = 30
"""Seconds by which two clocks may differ."""
_MOST_CHARACTERS = 100


@dataclass
class OidcUpstream:
    upstream: Upstream
    secret: str = field(repr=False)
    callback: str
    """Redirect URI of this upstream alone, so that an answer of another one is refused (RFC 9700 section 4.4.2)."""
    outgoing: Outgoing = field(repr=False)
    trusted: Trusted = NOTHING_TRUSTED
    _metadata: dict[str, Any] = field(default_factory=dict, repr=False)
    _until: float = 0.0

    async def address(self, visit: Visit, *, language: str, in_wecom: bool) -> str:
        del in_wecom
        metadata = await self._discover()
        query = {
            "response_type": "code",
            "client_id": self.upstream.client_id,
            "redirect_uri": self.callback,
            "scope": "openid profile",
            "state": visit.state,
            "nonce": visit.nonce,
            "code_challenge": urlsafe_b64encode(sha256(visit.verifier.encode()).digest()).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            "ui_locales": language,
        }
        return f"{metadata['authorization_endpoint']}?{urlencode(query)}"

    async def prove(self, answer: Mapping[str, str], visit: Visit) -> Proven:
        metadata = await self._discover()
        named = answer.get("iss")
        if named != self.upstream.issuer and (named or metadata.get("authorization_response_iss_parameter_supported")):
            raise UpstreamAnswerRefused(why="response-issuer")
        if "error" in answer:
            raise UpstreamDenied
        form = {
            "grant_type": "authorization_code",
            "code": answer.get("code", ""),
            "redirect_uri": self.callback,
            "code_verifier": visit.verifier,
        }
        # RFC 6749 section 2.3.1: both parts are form-urlencoded before they become HTTP Basic.
        auth = (quote_plus(self.upstream.client_id), quote_plus(self.secret))
        answered = await self._call("POST", metadata["token_endpoint"], data=form, auth=auth)
        token = _content(answered).get("id_token")
        if answered.status_code != httpx.codes.OK or not isinstance(token, str):
            raise UpstreamAnswerRefused(why="token-endpoint")
        return self._proven(await self._checked(token, visit, metadata))

    async def _checked(self, id_token: str, visit: Visit, metadata: Mapping[str, Any]) -> Mapping[str, Any]:
        """Returns the claims of the ID token, checked (OpenID Connect Core section 3.1.3.7)."""
        keys = _content(await self._call("GET", metadata["jwks_uri"]))
        rules = JWTClaimsRegistry(
            leeway=_LEEWAY,
            iss={"essential": True, "value": self.upstream.issuer},
            aud={"essential": True, "value": self.upstream.client_id},
            nonce={"essential": True, "value": visit.nonce},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
        )
        try:
            token = jwt.decode(id_token, KeySet.import_key_set(keys), algorithms=_ALGORITHMS)  # type: ignore[arg-type]
            rules.validate(token.claims)
        except (JoseError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise UpstreamAnswerRefused(why="id-token") from error
        if not _is_for(token.claims, self.upstream.client_id):
            raise UpstreamAnswerRefused(why="id-token")
        return token.claims

    def _proven(self, claims: Mapping[str, Any]) -> Proven:
        """Returns what the upstream may prove; nothing else is taken from it, and no malformed number."""
        proves = self.upstream
        name = _text(claims.get("name")) if proves.proves_real_name else None
        number = _text(claims.get("person_number")) if proves.proves_real_name else None
        mobile = _text(claims.get("mobile")) if proves.proves_mobile else None
        subject = _text(claims["sub"])
        if subject is None:
            raise UpstreamAnswerRefused(why="id-token")
        return Proven(
            subject=subject,
            name=name,
            person_number=number.upper() if number and is_person_number(number.upper()) else None,
            mobile=to_e164(mobile) if mobile else None,
        )

    async def _call(self, method: str, address: object, **options: Any) -> httpx.Response:
        """Calls an endpoint; one that the upstream names elsewhere than at its issuer leads to a public address.

        Raises UpstreamAway, UpstreamAnswerRefused.
        """
        place: str | OutsideAddress = str(address)
        if not str(address).startswith(f"{self.upstream.issuer.rstrip('/')}/"):
            try:
                place = outside_address(str(address), self.trusted)
            except AddressRefused as error:
                raise UpstreamAnswerRefused(why="discovery") from error
        return await call(self.outgoing, self.upstream, method, place, **options)

    async def _discover(self) -> Mapping[str, Any]:
        """Returns the metadata, kept for five minutes; its issuer must be the one asked (OpenID Connect Discovery
        section 4.3).
        """
        if self._until < time.monotonic():
            address = f"{self.upstream.issuer}/.well-known/openid-configuration"
            metadata = _content(await self._call("GET", address))
            if metadata.get("issuer") != self.upstream.issuer or not all(
                isinstance(metadata.get(name), str) and is_web_address(metadata[name]) for name in _ENDPOINTS
            ):
                raise UpstreamAnswerRefused(why="discovery")
            self._metadata, self._until = metadata, time.monotonic() + _METADATA_LIFE
        return self._metadata


def _is_for(claims: Mapping[str, Any], client_id: str) -> bool:
    """Returns whether the client is the authorised party, which a token for several audiences must name."""
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    return bool(claims.get("azp", None if several else client_id) == client_id)


def _content(answer: httpx.Response) -> dict[str, Any]:
    try:
        content = json_of(answer)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and is_line(value, _MOST_CHARACTERS) else None
