"""One-time codes by SMS, limited because a number can be taken over (NIST SP 800-63B section 5.1.3.3)."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from pingshan_identity.domain.errors import SmsCodeNotSent

LIFE = timedelta(minutes=5)
MOST_TRIES = 5
COOL_DOWN = timedelta(seconds=60)
LIMITS: tuple[tuple[timedelta, int], ...] = ((timedelta(hours=1), 5), (timedelta(days=1), 10))
"""Most messages to one number within each time."""
_CODE = re.compile(r"[0-9]{6}")


def check_limits(sent_at: Sequence[datetime], now: datetime) -> None:
    """Raises SmsCodeNotSent where the number got a code within 60 s, 5 within an hour, or 10 within a day.

    `sent_at`: times of the codes of the last day.
    """
    waits = [COOL_DOWN - (now - moment) for moment in sent_at if now - moment < COOL_DOWN]
    for window, most in LIMITS:
        within = sorted(moment for moment in sent_at if now - moment < window)
        if len(within) >= most:
            waits.append(window - (now - within[-most]))
    if waits:
        raise SmsCodeNotSent(retry_after=int(max(waits).total_seconds()) + 1)


def normalise(typed: str) -> str | None:
    """Returns the six digits without spaces; None for anything else."""
    digits = re.sub(r"\s", "", typed)
    return digits if _CODE.fullmatch(digits) else None
