"""How long an account waits on one network after wrong passwords: growing, never for ever.

A permanent lock would let anybody shut anybody out.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pingshan_identity.domain.errors import SignInThrottled

FREE_ATTEMPTS = 5
LONGEST = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=1)
"""Without a further attempt the count starts again."""


@dataclass(frozen=True, slots=True)
class Throttle:
    """The count for one account on one network. The store keeps it by the same rules, in one statement."""

    attempts: int
    """Admitted since the last success."""
    blocked_until: datetime
    attempted_at: datetime
    """The last one that was admitted."""

    def admits(self, now: datetime) -> bool:
        return self.blocked_until <= now


def after_attempt(before: Throttle | None, now: datetime) -> Throttle:
    """Return the count with one more attempt; one that is not admitted changes nothing."""
    if before is not None and not before.admits(now):
        return before
    goes_on = before is not None and before.attempted_at >= now - FORGOTTEN_AFTER
    attempts = before.attempts + 1 if before is not None and goes_on else 1
    return Throttle(attempts, now + delay_after(attempts), now)


def require_admitted(blocked_until: datetime | None, now: datetime) -> None:
    """Raise SignInThrottled where an attempt is refused until a moment."""
    if blocked_until is not None:
        raise SignInThrottled(retry_after=seconds_until(blocked_until, now))


def delay_after(attempts: int) -> timedelta:
    """Return the wait before the next attempt, for those since the last success: 0, then 1, 2, 4 … 900 s."""
    beyond = attempts - FREE_ATTEMPTS
    if beyond < 0:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(beyond, 20)), LONGEST)


def seconds_until(moment: datetime, now: datetime) -> int:
    """Return whole seconds, at least one."""
    return max(1, int((moment - now).total_seconds()) + 1)
