"""Clients: the systems that rely on our sign-in."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal
from urllib.parse import urlsplit

from pingshan_identity.domain.clients.redirect_uri import home_of, is_registered
from pingshan_identity.domain.errors import ClientDisabled, RedirectUriMismatch, RedirectUriMissing
from pingshan_identity.domain.keys.signing_key import Algorithm
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.domain.realm import Realm


class ClientKind(StrEnum):
    PLATFORM = "platform"
    """One of our own five services."""
    DISTRICT = "district"
    """A system of the district that people sign in to."""
    AGENCY = "agency"
    """A machine of an agency that calls our interfaces; nobody signs in to it."""


class AuthMethod(StrEnum):
    """Lists how a client proves itself at the token endpoint (OpenID Connect Core section 9)."""

    PRIVATE_KEY_JWT = "private_key_jwt"
    CLIENT_SECRET_BASIC = "client_secret_basic"  # noqa: S105 - the registered name of the method
    CLIENT_SECRET_POST = "client_secret_post"  # noqa: S105 - the registered name of the method
    NONE = "none"
    """A public client (RFC 6749 section 2.1): an app on a person's own device can keep no secret."""

    @property
    def has_secret(self) -> bool:
        """Returns whether the client and identity share a secret."""
        return self in {AuthMethod.CLIENT_SECRET_BASIC, AuthMethod.CLIENT_SECRET_POST}


class ClientProfile(StrEnum):
    """Lists what a client must at least do, so that nobody else uses what is meant for it."""

    STRICT = "strict"
    """PKCE with S256 always (RFC 9700 section 2.1.1)."""
    COMPATIBLE = "compatible"
    """PKCE where the client sends it: for old libraries that do not know it; a public client must send it all the same.
    """
    FAPI2 = "fapi2"
    """FAPI 2.0 Security Profile: pushed requests, tokens bound to a DPoP key, and `private_key_jwt`."""

    @property
    def strength(self) -> int:
        """Returns the rank of the profile, 0 for the weakest."""
        return (ClientProfile.COMPATIBLE, ClientProfile.STRICT, ClientProfile.FAPI2).index(self)


class ApplicationType(StrEnum):
    """Kinds of applications (OpenID Connect Dynamic Client Registration section 2)."""

    WEB = "web"
    NATIVE = "native"


@dataclass(frozen=True, slots=True)
class Client:
    client_id: str
    name_zh: str
    name_en: str
    kind: ClientKind
    owner: str
    """Organisation code."""
    auth_method: AuthMethod
    grant_types: frozenset[str]
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    realms: frozenset[Realm]
    audiences: frozenset[str]
    """Services for which the client may ask for tokens, beside itself."""
    open_to: frozenset[str]
    """Codes of the organisations whose staff may open the system without a role, or `*` for every organisation."""
    launch_uri: str | None
    """Address that the launchpad leads to; None where people do not open the system."""
    required_level: int
    """Assurance level that the system's owner asks for, 1 to 3."""
    backchannel_logout_uri: str | None = None
    application_type: ApplicationType = ApplicationType.WEB
    third_party: bool = False
    """Whether people must consent before the system learns anything about them: it is not the government's, or
    registered itself, so that no administrator has seen what it says of itself.
    """
    self_registered: bool = False
    """Whether it registered itself with an initial access token, which its owner got (RFC 7591 section 1.2)."""
    scopes: frozenset[str] = frozenset({"openid", "profile"})
    """Scopes that the client is registered for."""
    jwks: Mapping[str, Any] | None = None
    """Public keys (RFC 7517) of `private_key_jwt`; our own services have theirs in `service_jwks`."""
    id_token_alg: Algorithm = "ES256"  # noqa: S105 - an algorithm
    profile: ClientProfile = ClientProfile.STRICT
    require_par: bool = False
    """Whether the client wants its authorization requests pushed (RFC 9126 section 6); `needs_par` decides."""
    dpop_bound: bool = False
    """Whether the client wants its access tokens bound to a key (RFC 9449 section 5.2); `needs_dpop` decides."""
    jwks_uri: str | None = None
    """Where the client publishes its keys; never beside `jwks` (RFC 7591 section 2)."""
    default_max_age: int | None = None
    """Seconds since the sign-in that are allowed where a request has no `max_age`; None for any."""
    require_auth_time: bool = False
    """Whether ID tokens must say when the person signed in."""
    subject_type: Literal["public", "pairwise"] = "public"
    sector_identifier: str | None = None
    """Host that a pairwise subject is made for (OpenID Connect Core section 8.1); None for a public one."""
    sector_identifier_uri: str | None = None
    """Document that lists the redirect URIs of the sector; None where their one host is the sector."""
    userinfo_signed_response_alg: Algorithm | None = None
    """Algorithm of signed userinfo; None where userinfo is JSON."""
    request_object_signing_alg: str | None = None
    """The one algorithm that request objects of the client may have; None for each that is accepted."""
    require_signed_request_object: bool = False
    """Whether every authorization request of the client must be a request object (RFC 9101 section 10.5)."""
    logo_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None
    client_uri: str | None = None
    initiate_login_uri: str | None = None
    """Where others may begin a sign-in at the client (OpenID Connect Core section 4); it is not called by us."""
    required_real_name_level: int = 0
    """Real-name level that people of the public must have: 0 anybody, 1 a proven telephone, 2 a proven name."""
    disabled: bool = False

    @property
    def is_public(self) -> bool:
        """Returns whether the client can keep no secret (RFC 6749 section 2.1)."""
        return self.auth_method is AuthMethod.NONE

    @property
    def needs_pkce(self) -> bool:
        """Returns whether the client must use PKCE; a public one always must (RFC 9700 section 2.1.1)."""
        return self.is_public or self.profile is not ClientProfile.COMPATIBLE

    @property
    def needs_par(self) -> bool:
        """Returns whether authorization requests must be pushed (RFC 9126 section 6, FAPI 2.0 section 5.3.2.2)."""
        return self.require_par or self.profile is ClientProfile.FAPI2

    @property
    def needs_dpop(self) -> bool:
        """Returns whether access tokens must be bound to a key (RFC 9449 section 5.2, FAPI 2.0 section 5.3.2.1)."""
        return self.dpop_bound or self.profile is ClientProfile.FAPI2

    @property
    def named(self) -> Mapping[str, str]:
        """Returns what the sentence of an error calls the client by: its names; `client_id` is for programs."""
        return {"client_id": self.client_id, "name_zh": self.name_zh, "name_en": self.name_en}

    @property
    def begins_at(self) -> str | None:
        """Returns the address at which a person begins to sign in anew; None for an app on their own device."""
        if self.launch_uri is not None or self.application_type is ApplicationType.NATIVE:
            return self.launch_uri
        return home_of(self.redirect_uris)

    @property
    def pages(self) -> Mapping[str, tuple[str, str]]:
        """Returns address and host of the pages that the client wants people to read, by their names in RFC 7591.

        Its logo is not among them: it would have to be fetched and kept by us, or would tell its host who is asked.
        """
        named = {"client_uri": self.client_uri, "policy_uri": self.policy_uri, "tos_uri": self.tos_uri}
        return {name: (uri, urlsplit(uri).hostname or "") for name, uri in named.items() if uri is not None}

    def require_enabled(self) -> None:
        """Raises ClientDisabled where an administrator has switched the client off."""
        if self.disabled:
            raise ClientDisabled(**self.named)

    def require_redirect_uri(self, uri: str | None) -> str:
        """Returns the redirect URI where it is a registered one; raises RedirectUriMissing for None, and
        RedirectUriMismatch for any other.

        URIs are compared byte by byte (RFC 9700 section 2.1); apps may use any loopback port (RFC 8252 section 7.3).
        """
        native = self.application_type is ApplicationType.NATIVE
        if uri is None:
            raise RedirectUriMissing(**self.named)
        if not is_registered(uri, self.redirect_uris, native=native):
            raise RedirectUriMismatch(**self.named)
        return uri

    def require_confidential(self) -> None:
        """Raises OAuthError `invalid_client` for a public client: who asks about tokens must authenticate (RFC 7662
        section 2.1).
        """
        if self.is_public:
            raise OAuthError("invalid_client", "only a client that authenticates may ask about tokens")

    def require_key(self, jkt: str | None) -> None:
        """Raises OAuthError `invalid_dpop_proof` where tokens must be bound to a key and no proof came (RFC 9449
        section 5.2).
        """
        if self.needs_dpop and jkt is None:
            raise OAuthError("invalid_dpop_proof", "the client must bind its tokens to a key (RFC 9449)")

    def real_name_level(self, realm: Realm) -> int:
        """Returns the real-name level, 0 to 2, that a person of that realm must have; 0 for all staff."""
        return self.required_real_name_level if realm is Realm.PUBLIC else 0

    def require_grant_type(self, grant_type: str) -> None:
        """Raises OAuthError `unauthorized_client` where the client is not registered for that grant type."""
        if grant_type not in self.grant_types:
            raise OAuthError("unauthorized_client", f"the client is not registered for {grant_type}")

    def audience(self, asked: str | None) -> str:
        """Returns the `aud` of an access token: the audience asked for (RFC 8693), or the client itself where none was.

        Raises:
            OAuthError: `invalid_target`, the client may not ask for that service, or must say which.
        """
        if asked is None:
            if self.kind is ClientKind.AGENCY:
                raise OAuthError("invalid_target", "say with `audience` which service the token is for")
            return self.client_id
        if asked != self.client_id and asked not in self.audiences:
            raise OAuthError("invalid_target", "the client may not ask for tokens for this audience")
        return asked
