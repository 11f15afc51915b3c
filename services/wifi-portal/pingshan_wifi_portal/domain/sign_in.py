"""The one-time code of a sign-in: its tries, its end, and how often another may be sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pingshan_wifi_portal.domain.errors import CodeExpired, CodeWrong, ConsentRequired, TooManyCodes, TooManyTries

TRIES = 5
LIFE = timedelta(minutes=5)
COOL_DOWN = timedelta(seconds=60)
TOKEN_LIFE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class SignIn:
    """A code on its way to a phone; it belongs to device and controller, so it outlives the browser window."""

    sign_in_id: UUID
    controller_id: str
    device_mac: str
    masked_mobile: str
    sent_at: datetime
    expires_at: datetime
    tries: int
    notification_id: str
    failure: str
    """The carrier's answer where it refused; `unavailable` where alerts was away; empty otherwise."""

    def is_expired(self, now: datetime) -> bool:
        return now >= self.expires_at


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `codes` within `window`."""

    codes: int
    window: timedelta


NUMBER_LIMITS = (Limit(5, timedelta(hours=1)), Limit(10, timedelta(days=1)))
DEVICE_LIMITS = (Limit(5, timedelta(hours=1)), Limit(15, timedelta(days=1)))
PLACE_WINDOW = timedelta(minutes=10)
"""Many numbers from one place within it: somebody pumps SMS."""


def check_consent(*, consents: bool) -> None:
    """Raise ConsentRequired where the terms were not accepted."""
    if not consents:
        raise ConsentRequired


def check_code(sign_in: SignIn, *, matches: bool, now: datetime) -> None:
    """Raises TooManyTries, CodeExpired or CodeWrong. A right sixth try is refused like a wrong one."""
    if sign_in.tries >= TRIES:
        raise TooManyTries
    if sign_in.is_expired(now):
        raise CodeExpired
    if not matches:
        raise CodeWrong(tries_left=TRIES - sign_in.tries - 1)


def check_limit(limits: Sequence[Limit], sent: Sequence[datetime], now: datetime) -> None:
    """sent: when codes were sent before, newest first. Raises TooManyCodes."""
    for limit in limits:
        within = [moment for moment in sent if moment > now - limit.window]
        if len(within) >= limit.codes:
            raise TooManyCodes(seconds=seconds_until(within[limit.codes - 1] + limit.window, now))


def check_cool_down(sent: Sequence[datetime], now: datetime) -> None:
    """sent: newest first. Raises TooManyCodes."""
    if sent and now < sent[0] + COOL_DOWN:
        raise TooManyCodes(seconds=seconds_until(sent[0] + COOL_DOWN, now))


def check_place(sent: int, limit: int) -> None:
    """sent: codes from one network or hotspot within PLACE_WINDOW. Raises TooManyCodes."""
    if sent >= limit:
        raise TooManyCodes(seconds=int(PLACE_WINDOW.total_seconds()))


def seconds_until(moment: datetime, now: datetime) -> int:
    """Rounded up, at least 0."""
    return max(0, -int((now - moment).total_seconds() // 1))
