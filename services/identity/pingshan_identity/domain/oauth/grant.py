"""Grants: what a client was given for a person, until it or the session behind it ends."""

from enum import StrEnum


class GrantEndReason(StrEnum):
    CODE_REPLAYED = "code-replayed"
    REFRESH_REPLAYED = "refresh-replayed"
    REVOKED = "revoked"
    """By the client (RFC 7009)."""
    WITHDRAWN = "withdrawn"
    """By the person, with their consent."""
    REPRESENTATION_ENDED = "representation-ended"
    """The person may no longer act for somebody: what is open was opened with that power."""
