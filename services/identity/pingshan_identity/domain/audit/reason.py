"""The reason that an administrator gives for an act; the record keeps it."""

from pingshan_values.errors import Violation
from pingshan_values.text import Text, is_line

from pingshan_identity.domain.errors import ReasonRequired

LONGEST = 200
"""Most characters that are kept."""
NEEDED = Text(
    "请填写原因：一行文字，不含控制字符和看不见的字符。它会记入审计记录。",
    "A reason is needed, in one line without control characters or invisible ones; it is kept in the record.",
)


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


def reason_violations(text: str) -> list[Violation]:
    """Returns what is wrong with a reason, for a form that has more faults; empty where `check_reason` takes it."""
    try:
        check_reason(text)
    except ReasonRequired:
        return [Violation("reason", NEEDED.zh, NEEDED.en)]
    return []
