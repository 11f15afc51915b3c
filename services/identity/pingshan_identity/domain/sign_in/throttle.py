"""Throttling of guesses: the wait of an account, a network or a browser grows, up to a limit, and never for ever.

A permanent lock would let anybody shut anybody out, and so would a count that an attacker and the person share. So a
browser in which somebody has signed in before has a count of its own for that person (OWASP, "device cookies"): guesses
from elsewhere, however many, do not slow it down. All other browsers share the counts of the account on their network,
of the account, and of the network. What cannot be guessed, a passkey or an upstream, is not counted at all.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pingshan_values.masked import mask_mobile, mask_mobile_range

from pingshan_identity.domain.errors import SignInThrottled

FREE_ATTEMPTS = 5
LONGEST = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=1)
"""Time without an attempt after which the count starts again."""


@dataclass(frozen=True, slots=True)
class Limit:
    free: int = FREE_ATTEMPTS
    """Attempts before the first wait, which is one second; each further one doubles it."""
    longest: timedelta = LONGEST


class Counted(StrEnum):
    """Lists what attempts are counted by."""

    ACCOUNT_ON_NETWORK = "account-on-network"
    ACCOUNT = "account"
    """An account, from browsers that it is not known in, across networks."""
    NETWORK = "network"
    """A network, from browsers without a sign-in, across accounts."""
    BROWSER = "browser"
    """An account in a browser in which it has signed in."""
    FACTOR_ON_NETWORK = "factor-on-network"
    FACTOR = "factor"
    """A person's second factor, from browsers that they are not known in, across networks."""
    FACTOR_IN_BROWSER = "factor-in-browser"
    PASSWORD_CHANGE = "password-change"  # noqa: S105 - no password
    USER_CODES = "user-codes"
    """User codes of devices that one person types."""
    USER_CODES_ON_NETWORK = "user-codes-on-network"
    PUSHED_ON_NETWORK = "pushed-on-network"
    """Requests pushed for a public client from one network."""
    PUSHED = "pushed"
    DEVICES_ON_NETWORK = "devices-on-network"
    """Devices of one network that ask for codes of a public client."""
    DEVICES = "devices"
    SMS_NUMBER = "sms-number"
    SMS_NETWORK = "sms-network"
    SMS_RANGE = "sms-range"
    """Numbers that differ in their last four digits only."""
    SMS_ALL = "sms-all"


_STRICT = Limit()
LIMITS: dict[Counted, Limit] = {
    Counted.ACCOUNT: Limit(free=20),
    Counted.NETWORK: Limit(free=100, longest=timedelta(minutes=1)),
    Counted.FACTOR: Limit(free=10),
    Counted.USER_CODES_ON_NETWORK: Limit(free=30, longest=timedelta(minutes=1)),
}
"""Limits other than the strict one. A network is many honest people: it waits a minute at most."""


def limit_of(counted: Counted) -> Limit:
    return LIMITS.get(counted, _STRICT)


@dataclass(frozen=True, slots=True)
class Throttle:
    """Is one count; the store keeps it by the same rules in one statement."""

    attempts: int
    """Attempts admitted, without those that succeeded."""
    blocked_until: datetime
    attempted_at: datetime
    """Time of the last attempt that was admitted."""

    def admits(self, now: datetime) -> bool:
        """Returns whether an attempt may be made; one that began a moment before the last one waits for no one."""
        return self.blocked_until <= max(now, self.attempted_at)


def after_attempt(before: Throttle | None, now: datetime, limit: Limit = _STRICT) -> Throttle:
    """Returns the count with one more attempt, 1 after an hour without any; unchanged where it is not admitted."""
    if before is not None and not before.admits(now):
        return before
    goes_on = before is not None and before.attempted_at >= now - FORGOTTEN_AFTER
    attempts = before.attempts + 1 if before is not None and goes_on else 1
    now = max(now, before.attempted_at) if before is not None else now
    return Throttle(attempts, now + delay_after(attempts, limit), now)


def after_success(before: Throttle, limit: Limit = _STRICT) -> Throttle | None:
    """Returns the count without the attempt that succeeded, None for nothing left; other attempts stay counted."""
    attempts = before.attempts - 1
    if attempts <= 0:
        return None
    return Throttle(attempts, before.attempted_at + delay_after(attempts, limit), before.attempted_at)


def require_admitted(blocked_until: datetime | None, now: datetime) -> None:
    """Raises SignInThrottled where attempts are refused until a moment; None means that they are not."""
    if blocked_until is not None:
        raise SignInThrottled(retry_after=seconds_until(blocked_until, now))


def delay_after(attempts: int, limit: Limit = _STRICT) -> timedelta:
    """Returns the wait after so many attempts: by the strict limit 0 up to 4, then 1, 2, 4 … 900 s."""
    beyond = attempts - limit.free
    if beyond < 0:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(beyond, 20)), limit.longest)


def seconds_until(moment: datetime, now: datetime) -> int:
    """Returns the whole seconds until the moment, at least 1."""
    return max(1, int((moment - now).total_seconds()) + 1)


def seen_subject(counted: Counted, subject: str) -> str:
    """Returns what administrators see of a network (as it is), a number (its middle hidden) or a range of numbers."""
    if counted is Counted.SMS_NUMBER:
        return mask_mobile(subject)
    return mask_mobile_range(subject) if counted is Counted.SMS_RANGE else subject
