"""Why an administrator acts: it stands in the record."""

from pingshan_identity.domain.errors import ReasonRequired

LONGEST = 200
"""Characters that are kept."""


def tidy_reason(text: str) -> str:
    """Return the reason as it is kept: without the spaces around it, at most 200 characters."""
    return text.strip()[:LONGEST]


def check_reason(text: str) -> str:
    """Return the reason as it is kept. Raises ReasonRequired where there is none."""
    if not text.strip():
        raise ReasonRequired
    return tidy_reason(text)
