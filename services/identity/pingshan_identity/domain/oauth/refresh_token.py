"""Refresh tokens: each is good once (RFC 9700 section 2.2.2); what a second use means."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pingshan_identity.domain.oauth_error import OAuthError

REPLAY_WINDOW = timedelta(seconds=30)
"""Time within which a second use gets the same answer again, for a client that lost it."""


@dataclass(frozen=True, slots=True)
class UsedRefreshToken:
    grant_id: UUID
    used_at: datetime
    answer_encrypted: bytes | None

    def may_answer_again(self, now: datetime) -> bool:
        """Returns whether a second use gets the kept answer again: within 30 s; later it counts as theft."""
        return self.answer_encrypted is not None and now - self.used_at <= REPLAY_WINDOW


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
