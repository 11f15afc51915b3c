"""How long an account waits on one network after wrong passwords: growing, never for ever.

A permanent lock would let anybody shut anybody out.
"""

from datetime import datetime, timedelta

FREE_ATTEMPTS = 5
LONGEST = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=1)
"""Without a further attempt the count starts again."""


def delay_after(attempts: int) -> timedelta:
    """Wait before the next attempt, for the number of attempts since the last success: 0, then 1, 2, 4 … 900 s."""
    beyond = attempts - FREE_ATTEMPTS
    if beyond < 0:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(beyond, 20)), LONGEST)


def seconds_until(moment: datetime, now: datetime) -> int:
    """Whole seconds, at least one."""
    return max(1, int((moment - now).total_seconds()) + 1)
