"""Refresh tokens (RFC 6749 section 6): whose are used up at each use, and what a second use means."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.oauth.grant import Grant
from pingshan_identity.domain.oauth_error import OAuthError

GRACE = timedelta(seconds=30)
"""Time within which a second use gets the same answer again, for a client that lost it, or whose two tabs asked at
once.
"""


@dataclass(frozen=True, slots=True)
class UsedRefreshToken:
    grant_id: UUID
    used_at: datetime
    answer_encrypted: bytes | None = field(repr=False)
    """The response that it was answered with; None once its successor was used, or the grace is over."""

    def has_grace(self, now: datetime) -> bool:
        """Returns whether the answer may still be repeated: for 30 s, while nobody has used its refresh token."""
        return self.answer_encrypted is not None and now - self.used_at <= GRACE


@dataclass(frozen=True, slots=True)
class RefreshToken:
    expires_at: datetime
    used_at: datetime | None

    def is_usable(self, now: datetime) -> bool:
        """Returns whether the token gets new ones: it was not used up and has not expired."""
        return self.used_at is None and now < self.expires_at


def rotates(client: Client, grant: Grant) -> bool:
    """Returns whether a refresh token of the grant is good once (RFC 9700 section 2.2.2).

    That of a client that authenticates, or of a grant that is bound to a key, is worthless to a thief, and stays (FAPI
    2.0 Security Profile section 5.3.2.1).
    """
    return client.is_public and grant.dpop_jkt is None


def is_same_request(claims: Mapping[str, Any], *, audience: str, scope: str, jkt: str | None) -> bool:
    """Returns whether a request asks for the very access token that an earlier one was answered with.

    `claims`: those of that token. `jkt`: thumbprint of the key whose proof came with the request; None where none came.
    """
    return (claims["aud"], claims["scope"], claims.get("cnf", {}).get("jkt")) == (audience, scope, jkt)


def narrowed(granted: str, asked: str | None) -> str:
    """Returns the scope of a new access token (RFC 6749 section 6): the part that was asked for, or all for None.

    Raises:
        OAuthError: `invalid_scope`.
    """
    if asked is None:
        return granted
    wanted = asked.split()
    if not set(wanted) <= set(granted.split()):
        raise OAuthError("invalid_scope", "scope is wider than what was granted")
    return " ".join(scope for scope in granted.split() if scope in wanted)
