"""Clients: the systems that trust our sign-in."""

from dataclasses import dataclass
from enum import StrEnum

from pingshan_identity.domain.errors import RedirectUriMismatch
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
    """How a client proves itself at the token endpoint (OpenID Connect Core section 9)."""

    PRIVATE_KEY_JWT = "private_key_jwt"
    CLIENT_SECRET_BASIC = "client_secret_basic"  # noqa: S105 - the registered name of the method


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
    """Services for which the client may ask for tokens; the first choice is the client itself."""
    open_to: frozenset[str]
    """Codes of the organisations whose staff may open it without a role, or `*` for every organisation."""
    launch_uri: str | None
    """Where the launchpad leads; None where people do not open the system."""
    required_level: int
    """Assurance level that the system's owner asks for, 1 to 3."""

    def require_redirect_uri(self, uri: str) -> None:
        """Byte-exact comparison (RFC 9700 section 2.1).

        Raises:
            RedirectUriMismatch: it is none of the registered ones.

        """
        if uri not in self.redirect_uris:
            raise RedirectUriMismatch(client_id=self.client_id)

    def require_grant_type(self, grant_type: str) -> None:
        """Raise OAuthError `unauthorized_client` where the client is not registered for it."""
        if grant_type not in self.grant_types:
            raise OAuthError("unauthorized_client", f"the client is not registered for {grant_type}")

    def audience(self, asked: str | None) -> str:
        """The `aud` of an access token: what was asked for, else the client itself (RFC 8693 names the parameter).

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
