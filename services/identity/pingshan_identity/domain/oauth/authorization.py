"""Authorization requests (RFC 6749 section 4.1.1, OpenID Connect Core section 3.1.2.1)."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.clients.scope import granted
from pingshan_identity.domain.oauth.acr import asked_level
from pingshan_identity.domain.oauth.claims_request import ClaimsRequest, read_claims_request
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.domain.oauth.pkce import check_challenge
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.assurance import level_needed
from pingshan_identity.domain.sign_in.continuation import SIGNED_IN_SINCE

CODE_LIFE = timedelta(seconds=60)
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")
PROMPTS = ("none", "login", "consent", "select_account")
NAMES = frozenset(
    {
        *("client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce"),
        *("code_challenge", "code_challenge_method", "dpop_jkt", "prompt", "max_age", SIGNED_IN_SINCE, "claims"),
        *("login_hint", "id_token_hint", "ui_locales", "acr_values", "realm"),
    }
)
"""Parameters that a request may have; any other is ignored (RFC 6749 section 3.1), and not kept while it waits."""
_LINE_BREAKS = frozenset("\r\n")


class ResponseMode(StrEnum):
    """Lists how the answer gets to the redirect URI."""

    QUERY = "query"
    """By a redirect, in the query (RFC 6749 section 4.1.2): the default."""
    FORM_POST = "form_post"
    """By a form that the browser posts (OAuth 2.0 Form Post Response Mode section 2)."""


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    client_id: str
    redirect_uri: str
    response_mode: ResponseMode
    scope: str
    """Scopes that are granted; without `openid` this is OAuth 2.0 alone, and there is no ID token."""
    state: str | None
    nonce: str | None
    code_challenge: str | None
    """S256 challenge; None only where the client may do without PKCE and did."""
    dpop_jkt: str | None
    """Thumbprint of the only key that may redeem the code (RFC 9449 section 10); None for any."""
    prompt: frozenset[str]
    max_age: int | None
    """Most seconds since the last sign-in that the client accepts, by the request or as registered; None for any."""
    signed_in_since: int | None
    """Second, since 1970-01-01 UTC, from which on a sign-in answers the `prompt` that the person has seen; None where
    there was none.
    """
    login_hint: str | None = field(repr=False)
    id_token_hint: str | None = field(repr=False)
    ui_locales: str | None
    acr: int | None
    """Assurance level, 1 to 3, that the client asks for with `acr_values` or the claim `acr`; None for any."""
    acr_essential: bool
    """Whether the client refuses a lower level; then it is told `unmet_authentication_requirements`."""
    claims: ClaimsRequest
    realms: tuple[Realm, ...]
    """Realms whose sessions count; who has no session sees the page of the first one."""

    def needs_sign_in(self, auth_time: datetime, now: datetime) -> bool:
        """Returns whether the request asks for a new sign-in by `prompt`, or the last is older than `max_age` (Core
        3.1.2.1).
        """
        if "login" in self.prompt or "select_account" in self.prompt:
            return True
        if self.signed_in_since is not None and auth_time.timestamp() < self.signed_in_since <= now.timestamp():
            return True
        return self.max_age is not None and now - auth_time > timedelta(seconds=self.max_age)

    def require_page(self, code: Literal["login_required", "consent_required"], why: str) -> None:
        """Raises OAuthError `code` where the client forbids pages that ask the person (`prompt=none`)."""
        if "none" in self.prompt:
            raise OAuthError(code, why)

    def level(self, client: Client, realm: Realm) -> int:
        """Returns the assurance level, 1 to 3, that a session of that realm must reach.

        Raises:
            OAuthError: `unmet_authentication_requirements`, the realm never reaches what is essential to the client.
        """
        level = level_needed(realm, system=client.required_level, asked=self.acr)
        if self.acr_essential and level < (self.acr or 1):
            raise OAuthError("unmet_authentication_requirements", f"people of this realm sign in at level {level}")
        return level


def read_request(client: Client, parameters: Parameters, *, pushed: bool = False) -> AuthorizationRequest:
    """Returns the checked authorization request.

    Client and redirect URI must have been checked before: the client may read every error from here on.

    Raises:
        OAuthError: the request cannot be granted.
    """
    if client.needs_par and not pushed:
        raise OAuthError("invalid_request", "the client must push its authorization requests (RFC 9126)")
    if parameters.require("response_type") != "code":
        raise OAuthError("unsupported_response_type", "response_type must be code")
    client.require_grant_type("authorization_code")
    claims = read_claims_request(parameters.get("claims"))
    acr, acr_essential = asked_level(parameters.get("acr_values"), claims)
    return AuthorizationRequest(
        client_id=client.client_id,
        redirect_uri=parameters.require("redirect_uri"),
        response_mode=_response_mode(parameters),
        scope=_scope(client, parameters),
        state=parameters.get("state"),
        nonce=parameters.get("nonce"),
        code_challenge=check_challenge(
            parameters.get("code_challenge"), parameters.get("code_challenge_method"), required=client.needs_pkce
        ),
        dpop_jkt=_dpop_jkt(parameters),
        prompt=_prompt(parameters),
        max_age=client.default_max_age if (max_age := _whole_number(parameters, "max_age")) is None else max_age,
        signed_in_since=_whole_number(parameters, SIGNED_IN_SINCE),
        login_hint=parameters.get("login_hint"),
        id_token_hint=parameters.get("id_token_hint"),
        ui_locales=parameters.get("ui_locales"),
        acr=acr,
        acr_essential=acr_essential,
        claims=claims,
        realms=_realms(client, parameters),
    )


def response_mode_of(redirect_uri: str, asked: str | None) -> ResponseMode:
    """Returns how an answer goes to the redirect URI, an error too; by the query where what was asked for cannot be.

    A form leads to web addresses only: an app's own scheme takes no body.
    """
    is_web = redirect_uri.startswith(("https://", "http://"))
    return ResponseMode.FORM_POST if asked == ResponseMode.FORM_POST and is_web else ResponseMode.QUERY


def _response_mode(parameters: Parameters) -> ResponseMode:
    asked = parameters.get("response_mode")
    if asked is None:
        return ResponseMode.QUERY
    mode = response_mode_of(parameters.require("redirect_uri"), asked)
    if mode != asked:
        raise OAuthError("invalid_request", "response_mode must be query, or form_post to a web address")
    if mode is ResponseMode.FORM_POST and not _LINE_BREAKS.isdisjoint(parameters.get("state") or ""):
        raise OAuthError("invalid_request", "browsers change line breaks in forms: state must have none")
    return mode


def _scope(client: Client, parameters: Parameters) -> str:
    """Returns the scopes that are granted; there is no default for a request that names none (RFC 6749 section 3.3)."""
    asked = (parameters.get("scope") or "").split(" ")
    scope = granted(asked, client.scopes | {"openid"})
    if not scope:
        raise OAuthError("invalid_scope", "scope names none that the client is registered for")
    return scope


def _prompt(parameters: Parameters) -> frozenset[str]:
    prompt = frozenset((parameters.get("prompt") or "").split())
    if prompt - set(PROMPTS) or ("none" in prompt and len(prompt) > 1):
        raise OAuthError("invalid_request", "prompt must be none, or some of login, consent and select_account")
    return prompt


def _whole_number(parameters: Parameters, name: str) -> int | None:
    text = parameters.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 10:
        raise OAuthError("invalid_request", f"{name} must be a whole number of seconds")
    return int(text)


def _realms(client: Client, parameters: Parameters) -> tuple[Realm, ...]:
    """Returns the realm asked for with our parameter `realm`; else every realm of the client, staff first."""
    asked = parameters.get("realm")
    if asked is None:
        return tuple(realm for realm in Realm if realm in client.realms)
    if asked not in set(client.realms):
        raise OAuthError("invalid_request", "the client does not serve this realm")
    return (Realm(asked),)


def _dpop_jkt(parameters: Parameters) -> str | None:
    jkt = parameters.get("dpop_jkt")
    if jkt is not None and not _THUMBPRINT.fullmatch(jkt):
        raise OAuthError("invalid_request", "dpop_jkt must be a thumbprint: 43 characters of base64url")
    return jkt
