"""What an authorization request leads to: an answer to the client, or a page for the person first."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.clients.redirect_uri import with_query
from pingshan_identity.domain.oauth.authorization import ResponseMode
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.continuation import consent_address


@dataclass(frozen=True, slots=True)
class BackToClient:
    """Is the answer to a client, with a code or an error, which the browser takes to its redirect URI."""

    client: Client
    redirect_uri: str
    mode: ResponseMode
    parameters: Mapping[str, str] = field(repr=False)

    @property
    def location(self) -> str:
        """Returns the address of a redirect that has the answer in its query."""
        return with_query(self.redirect_uri, self.parameters)

    @property
    def error(self) -> str | None:
        """Returns the OAuth error that the client is told; None for a code."""
        return self.parameters.get("error")

    @property
    def error_description(self) -> str | None:
        return self.parameters.get("error_description")


@dataclass(frozen=True, slots=True)
class SignInNeeded:
    realms: tuple[Realm, ...]
    continuation: str = field(repr=False)
    login_hint: str | None = field(repr=False)
    ui_locales: str | None
    step_up: bool
    """Whether somebody is signed in and only the level is missing."""
    real_name: bool = False
    """Whether somebody of the public is signed in and only their real-name level is too low."""


@dataclass(frozen=True, slots=True)
class ConsentNeeded:
    """States that the person must decide about a third party on our page; the request waits for that."""

    client_id: str
    request_uri: str = field(repr=False)

    @property
    def address(self) -> str:
        return consent_address(self.client_id, self.request_uri)
