"""Grants: what a client was given for a person, until it or the session behind it ends."""

from collections.abc import Mapping
from dataclasses import dataclass
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
    """By the client (RFC 7009)."""
    WITHDRAWN = "withdrawn"
    """By the person, with their consent."""
    REPRESENTATION_ENDED = "representation-ended"
    """The person may no longer act for somebody: what is open was opened with that power."""


@dataclass(frozen=True, slots=True)
class Grant:
    grant_id: UUID
    session_id: str
    client_id: str
    scope: str
    claims: Mapping[str, list[str]] | None
    """Asked for one by one, by place: `userinfo`, `id_token`."""
    dpop_jkt: str | None
    """Thumbprint of the key that a public client must go on with (RFC 9449 section 5)."""
    ended_at: datetime | None

    def is_alive(self, session: Session | None, now: datetime) -> bool:
        """Returns whether tokens of it still count: neither it nor the session behind it has ended.

        `session`: the one that is named with it, None where there is no such one. A grant of another session is dead
        together with this one: tokens of ours name two that belong together.
        """
        if self.ended_at is not None or session is None or session.session_id != self.session_id:
            return False
        return session.is_alive(now)

    def asked_in(self, place: str) -> frozenset[str]:
        """Returns the names of the claims asked for in that place one by one."""
        return frozenset((self.claims or {}).get(place, ()))

    def may_refresh(self, client: Client) -> bool:
        """Returns whether its client gets refresh tokens: it is registered for them, and asked for offline access."""
        return "refresh_token" in client.grant_types and "offline_access" in self.scope.split()


def key_to_bind(client: Client, jkt: str | None) -> str | None:
    """Returns the key that a grant is bound to when its code is redeemed with it; None for no binding.

    A public client has nothing else by which it could prove itself later (RFC 9449 section 5).
    """
    return jkt if client.is_public else None


def require_same_key(bound: str | None, jkt: str | None) -> None:
    """Refuse another key: what was bound to one goes on with that one only (RFC 9449 section 5).

    Raises:
        OAuthError: `invalid_grant`.

    """
    if bound is not None and bound != jkt:
        raise OAuthError("invalid_grant", "the grant is bound to another key (RFC 9449)")
