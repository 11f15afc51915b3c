"""Grants: what a client may do for a person, until the grant or its session ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.domain.sessions.session import Session


class GrantEndReason(StrEnum):
    CODE_REPLAYED = "code-replayed"
    REFRESH_REPLAYED = "refresh-replayed"
    REVOKED = "revoked"
    """The client gave a token of the grant back (RFC 7009)."""
    WITHDRAWN = "withdrawn"
    """The person withdrew their consent."""
    REPRESENTATION_ENDED = "representation-ended"
    """The person may no longer act for somebody whom the grant was made for."""


@dataclass(frozen=True, slots=True)
class Grant:
    grant_id: UUID
    session_id: str
    client_id: str
    scope: str
    claims: Mapping[str, list[str]] | None
    """Claims asked for one by one, by place (`userinfo`, `id_token`); None for none."""
    dpop_jkt: str | None
    """Thumbprint of the key that a public client must go on with (RFC 9449 section 5); None for no binding."""
    ended_at: datetime | None
    auth_time: datetime | None = None
    acr: int | None = None
    amr: Sequence[str] | None = None
    """Time, level and methods of the sign-in that the grant was given after; None where they were not kept."""

    def proof(self, session: Session) -> Session:
        """Returns the session as tokens of the grant state it: they never rise above what was presented before it.

        A later sign-in or step-up, perhaps at another system or beside a wall that was let in before, is not the
        client's (OpenID Connect Core section 12.2: `auth_time` is that of the original sign-in). A level that the
        session has lost is lost to its grants as well.
        """
        if self.auth_time is None or self.acr is None or self.amr is None or session.acr < self.acr:
            return session
        return replace(session, auth_time=self.auth_time, acr=self.acr, amr=tuple(self.amr))

    @property
    def is_openid(self) -> bool:
        """Returns whether the client gets ID tokens: without `openid` the grant is OAuth 2.0 alone (Core 3.1.2.1)."""
        return "openid" in self.scope.split()

    def is_alive(self, session: Session | None, now: datetime) -> bool:
        """Returns whether tokens of the grant still count: neither the grant nor its session has ended.

        `session`: the one that the token names; None, or another than the grant's, counts as ended.
        """
        if self.ended_at is not None or session is None or session.session_id != self.session_id:
            return False
        return session.is_alive(now)

    def asked_in(self, place: str) -> frozenset[str]:
        """Returns the names of the claims asked for one by one in that place; empty for none."""
        return frozenset((self.claims or {}).get(place, ()))

    def may_refresh(self, client: Client) -> bool:
        """Returns whether the client gets refresh tokens: it is registered for them, and asked for offline access."""
        return "refresh_token" in client.grant_types and "offline_access" in self.scope.split()


def key_to_bind(client: Client, jkt: str | None) -> str | None:
    """Returns the thumbprint that a new grant is bound to; None for a confidential client, or where no proof came.

    A public client has nothing else to prove itself by later (RFC 9449 section 5).
    """
    return jkt if client.is_public else None


def require_same_key(bound: str | None, jkt: str | None) -> None:
    """Raises OAuthError `invalid_grant` where the grant is bound to a key and this is another, or none (RFC 9449
    section 5).
    """
    if bound is not None and bound != jkt:
        raise OAuthError("invalid_grant", "the grant is bound to another key (RFC 9449)")
