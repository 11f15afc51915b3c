"""Throttling of wrong passwords: the wait for one account on one network grows, up to 15 minutes.

No wait is for ever: a permanent lock would let anybody shut anybody out.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pingshan_identity.domain.errors import SignInThrottled

FREE_ATTEMPTS = 5
LONGEST = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=1)
"""Time without an attempt after which the count starts again."""


@dataclass(frozen=True, slots=True)
class Throttle:
    """Is the count for one account on one network; the store keeps it by the same rules in one statement."""

    attempts: int
    """Attempts admitted since the last success."""
    blocked_until: datetime
    attempted_at: datetime
    """Time of the last attempt that was admitted."""

    def admits(self, now: datetime) -> bool:
        return self.blocked_until <= now


def after_attempt(before: Throttle | None, now: datetime) -> Throttle:
    """Returns the count with one more attempt, 1 after an hour without any; unchanged where it is not admitted."""
    if before is not None and not before.admits(now):
        return before
    goes_on = before is not None and before.attempted_at >= now - FORGOTTEN_AFTER
    attempts = before.attempts + 1 if before is not None and goes_on else 1
    return Throttle(attempts, now + delay_after(attempts), now)


def require_admitted(blocked_until: datetime | None, now: datetime) -> None:
    """Raises SignInThrottled where attempts are refused until a moment; None means that they are not."""
    if blocked_until is not None:
        raise SignInThrottled(retry_after=seconds_until(blocked_until, now))


def delay_after(attempts: int) -> timedelta:
    """Returns the wait after so many attempts since the last success: 0 up to 4, then 1, 2, 4 … 900 s."""
    beyond = attempts - FREE_ATTEMPTS
    if beyond < 0:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(beyond, 20)), LONGEST)


def seconds_until(moment: datetime, now: datetime) -> int:
    """Returns the whole seconds until the moment, at least 1."""
    return max(1, int((moment - now).total_seconds()) + 1)
