"""Rules of what expires soon."""

from pingshan_values.errors import Violation

from pingshan_e_license.domain.errors import RequestInvalid

CHOICES = (30, 60, 90)
"""Days that pages offer."""
_MOST = 366


def check_days(days: int) -> None:
    """Raises RequestInvalid unless the number of days is 1 to 366."""
    if not 1 <= days <= _MOST:
        raise RequestInvalid([Violation("days", f"天数为 1 至 {_MOST}。", f"The number of days is 1 to {_MOST}.")])
