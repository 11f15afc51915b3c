"""One-time codes by SMS, limited because a number can be taken over (NIST SP 800-63B section 5.1.3.3)."""

import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from pingshan_values.budget import Budget

from pingshan_identity.domain.errors import SmsCodeNotSent

LIFE = timedelta(minutes=5)
MOST_TRIES = 5
COOL_DOWN = timedelta(seconds=60)
LIMITS: tuple[tuple[timedelta, int], ...] = ((timedelta(hours=1), 5), (timedelta(days=1), 10))
"""Most messages to one number within each time."""
NETWORK_BUDGET = Budget(60, timedelta(minutes=10))
"""Codes to people of the public for one network; a mobile carrier has thousands behind one."""
RANGE_BUDGET = Budget(30, timedelta(minutes=10))
"""Codes for numbers that differ in their last four digits only; who pumps messages owns a range."""
WHOLE_BUDGET = Budget(600, timedelta(minutes=1))
"""Codes to people of the public altogether."""
_RANGE = 4
_DIGITS = 6
_CODE = re.compile(rf"[0-9]{{{_DIGITS}}}")


def new_code() -> str:
    """Returns a random code of six digits."""
    return f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"


def check_limits(sent_at: Sequence[datetime], now: datetime, *, own_browser: bool = False) -> None:
    """Raises SmsCodeNotSent where the number got a code within 60 s, 5 within an hour, or 10 within a day.

    `sent_at`: times of the codes of the last day. `own_browser`: whether the number's owner has signed in there before;
    then there are as many again, so that whoever asks for codes elsewhere keeps nobody out.
    """
    waits = [COOL_DOWN - (now - moment) for moment in sent_at if now - moment < COOL_DOWN]
    for window, most in LIMITS:
        within = sorted(moment for moment in sent_at if now - moment < window)
        limit = 2 * most if own_browser else most
        if len(within) >= limit:
            waits.append(window - (now - within[-limit]))
    if waits:
        raise SmsCodeNotSent(retry_after=int(max(waits).total_seconds()) + 1)


def range_of(mobile: str) -> str:
    """Returns what the 10,000 numbers of a range share: the number (E.164) without its last four digits."""
    return mobile[:-_RANGE]


def normalise(typed: str) -> str | None:
    """Returns the six digits without spaces; None for anything else."""
    digits = re.sub(r"\s", "", typed)
    return digits if _CODE.fullmatch(digits) else None
