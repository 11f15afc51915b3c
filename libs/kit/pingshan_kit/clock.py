"""One clock: UTC in storage, Asia/Shanghai on the page."""

from datetime import UTC, date, datetime

from pingshan_values.shanghai import SHANGHAI


def now() -> datetime:
    return datetime.now(UTC)


def today() -> date:
    """Returns today's date in Shanghai."""
    return datetime.now(SHANGHAI).date()
