"""OpenID Connect with identity: code flow with PKCE S256, state, nonce, `iss`, private_key_jwt (RFC 9700).

Own code: Authlib's `AsyncOAuth2Client` would replace one address and one form. It leaves to its user what fills this
file (discovery, the `iss` of the response, both tokens, the level, the end of the session), it brings its own HTTP
client (httpx2; httpx is deprecated there with a warning) without our traces and time-outs, and it has no types.
`tests/component/identity/oauth/test_authlib.py` signs in with it, as a relying party that we did not write.
"""

import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx

from pingshan_kit.auth.page_sessions import PageSession
from pingshan_kit.errors import LevelTooLow, SignInDenied, SignInFailed, Unavailable
from pingshan_kit.outgoing import CallFailed, Outgoing, json_of
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.trust import actors, jose, trust_of
from pingshan_kit.trust.admission import admit
from pingshan_kit.trust.service_tokens import HEADER

_PATIENCE = 5.0
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_LIFE = 60


@dataclass(frozen=True)
class Attempt:
    """Holds what must come back unchanged from one visit to identity."""

    state: str
    nonce: str
    verifier: str
    session: str = field(repr=False)
    """Cookie of the page session that it begins: the same for whoever comes back with it twice."""
    next: str
    begun_at: int
    """Seconds since 1970."""
    level: int = 0
    """Assurance level that must come back, 1 to 3; 0 where none was asked for."""
    seed: bytes = field(default=b"", repr=False)
    """Random octets that state, nonce, verifier and session follow from."""


class RelyingParty:
    def __init__(self, settings: ServiceSettings, scope: str) -> None:
        self._settings = settings
        self._scope = scope
        self._redirect_uri = f"{settings.public_url}/sign-in/callback"
        self._way_back = {"client_id": settings.service, "post_logout_redirect_uri": f"{settings.public_url}/"}
        self._metadata: dict[str, Any] | None = None
        self._outgoing = Outgoing(settings.outgoing_ca_file, total_seconds=_PATIENCE)

    async def authorization_address(self, attempt: Attempt, language: str, *, another: bool = False) -> str:
        """Returns the address at identity where the person signs in. Raises SignInFailed, Unavailable.

        `another`: identity asks for a sign-in also where somebody is signed in, so that somebody else can.
        """
        challenge = base64.urlsafe_b64encode(sha256(attempt.verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self._settings.service,
            "redirect_uri": self._redirect_uri,
            "scope": self._scope,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "ui_locales": language,
        }
        if another:
            query["prompt"] = "select_account"
        if attempt.level:
            query["acr_values"] = str(attempt.level)
        return f"{await self._endpoint('authorization_endpoint')}?{urlencode(query)}"

    async def redeem(self, answer: Mapping[str, str], attempt: Attempt) -> PageSession:
        """Returns the session of an authorization response. Raises SignInDenied, SignInFailed, Unavailable."""
        if answer.get("iss") != self._settings.issuer:
            raise SignInFailed("issuer of the response")
        if answer.get("error") == "access_denied":
            raise SignInDenied("identity denied access")
        if "error" in answer or not answer.get("code"):
            raise SignInFailed("identity refused")
        tokens = await self._exchange(answer["code"], attempt.verifier)
        try:
            session = await self._person(tokens, attempt.nonce)
            admit(session.actor, level=attempt.level)
        except jose.TokenRefused as error:
            raise SignInFailed(str(error.params["why"])) from error
        except LevelTooLow as error:
            raise SignInFailed("level of the sign-in") from error
        return session

    async def _person(self, tokens: Mapping[str, str], nonce: str) -> PageSession:
        people = trust_of(self._settings).people
        identity = await people.id_token_claims(tokens["id_token"], nonce)
        access = await people.claims(tokens["access_token"])
        if (identity.get("sub"), identity.get("sid")) != (access.get("sub"), access.get("sid")):
            raise SignInFailed("the tokens are of two people")
        name = identity.get("name")
        person = actors.person_from_access_token(access, name if isinstance(name, str) else None)
        return PageSession(person, tokens["id_token"])

    async def end_session(self, id_token: str) -> None:
        """Ends the person's single sign-on session from server to server, so that no token stands in an address.

        Raises Unavailable where identity is away or would have to ask the person: only a session that was ended is
        answered with the way back.
        """
        form = {"id_token_hint": id_token, "state": str(uuid4()), **self._way_back}
        answer = await self._post(await self._endpoint("end_session_endpoint"), form)
        if answer.headers.get("location") != f"{form['post_logout_redirect_uri']}?state={form['state']}":
            raise Unavailable(part="identity")

    async def end_session_address(self) -> str:
        """Returns the address where the person can end the session themselves. Raises SignInFailed, Unavailable."""
        return f"{await self._endpoint('end_session_endpoint')}?{urlencode(self._way_back)}"

    async def _exchange(self, code: str, verifier: str) -> dict[str, str]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": verifier,
            "client_id": self._settings.service,
            "client_assertion_type": _ASSERTION,
            "client_assertion": self._assertion(),
        }
        answer = await self._post(await self._endpoint("token_endpoint"), form)
        if answer.status_code != httpx.codes.OK:
            raise SignInFailed("identity refused the code")
        try:
            tokens = json_of(answer)
            return {name: str(tokens[name]) for name in ("id_token", "access_token")}
        except (ValueError, KeyError, TypeError) as error:
            raise SignInFailed("token response") from error

    def _assertion(self) -> str:
        """Returns a client assertion (RFC 7523 section 3) whose audience is the issuer alone."""
        now = int(time.time())
        service = self._settings.service
        claims = {"iss": service, "sub": service, "aud": self._settings.issuer, "jti": str(uuid4()), "iat": now}
        return jose.sign(claims | {"exp": now + _ASSERTION_LIFE}, self._settings.service_key, "JWT")

    async def _endpoint(self, name: str) -> str:
        if self._metadata is None:
            self._metadata = await self._discover()
        address = self._metadata.get(name)
        if not isinstance(address, str) or not address.startswith(f"{self._settings.issuer}/"):
            raise SignInFailed("discovery")
        return address

    async def _discover(self) -> dict[str, Any]:
        """Returns the issuer's metadata (OpenID Connect Discovery section 4), in which the issuer must name itself."""
        try:
            answer = await self._outgoing.call("GET", f"{self._settings.issuer}/.well-known/openid-configuration")
            document = json_of(answer)
        except (CallFailed, ValueError) as error:
            raise Unavailable(part="identity") from error
        if answer.status_code != httpx.codes.OK:
            raise Unavailable(part="identity")
        if not isinstance(document, dict):
            raise Unavailable(part="identity")
        if document.get("issuer") != self._settings.issuer:
            raise SignInFailed("discovery")
        return document

    async def _post(self, address: str, form: Mapping[str, str]) -> httpx.Response:
        """Sends a form with our service token, so that identity takes our trace as its parent. Raises Unavailable."""
        headers = {HEADER: trust_of(self._settings).services.sign("identity")}
        try:
            answer = await self._outgoing.call("POST", address, data=dict(form), headers=headers)
        except CallFailed as error:
            raise Unavailable(part="identity") from error
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise Unavailable(part="identity")
        return answer
