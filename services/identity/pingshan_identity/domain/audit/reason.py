"""The reason that an administrator gives for an act; the record keeps it."""

from pingshan_values.text import is_line

from pingshan_identity.domain.errors import ReasonRequired

LONGEST = 200
"""Most characters that are kept."""


def tidy_reason(text: str) -> str:
    """Returns the reason as the record keeps it: without spaces around it, at most 200 characters, empty for none.

    Raises ReasonRequired where it is no text of one line.
    """
    kept = text.strip()[:LONGEST].strip()
    if kept and not is_line(kept, LONGEST):
        raise ReasonRequired
    return kept


def check_reason(text: str) -> str:
    """Returns the reason as the record keeps it. Raises ReasonRequired unless it is a text of one line."""
    kept = tidy_reason(text)
    if not kept:
        raise ReasonRequired
    return kept
