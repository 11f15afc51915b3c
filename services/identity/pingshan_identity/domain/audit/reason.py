"""The reason that an administrator gives for an act; the record keeps it."""

from pingshan_identity.domain.errors import ReasonRequired

LONGEST = 200
"""Most characters that are kept."""


def tidy_reason(text: str) -> str:
    """Returns the reason as the record keeps it: without spaces around it, at most 200 characters."""
    return text.strip()[:LONGEST]


def check_reason(text: str) -> str:
    """Returns the reason as the record keeps it. Raises ReasonRequired where only spaces, or nothing, were typed."""
    if not text.strip():
        raise ReasonRequired
    return tidy_reason(text)
