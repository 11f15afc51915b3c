"""Rules of the one-time code of a sign-in: its tries, its end, and how often another one may be sent."""

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
    """Describes a code on its way to a phone; it belongs to device and controller, so it outlives the browser."""

    sign_in_id: UUID
    controller_id: str
    device_mac: str
    masked_mobile: str
    sent_at: datetime
    expires_at: datetime
    tries: int
    notification_id: str
    failure: str
    """The carrier's code where it refused, `unavailable` where alerts was unreachable; else empty."""

    def is_expired(self, now: datetime) -> bool:
        return now >= self.expires_at


@dataclass(frozen=True, slots=True)
class Limit:
    """Allows at most `codes` within `window`."""

    codes: int
    window: timedelta


NUMBER_LIMITS = (Limit(5, timedelta(hours=1)), Limit(10, timedelta(days=1)))
DEVICE_LIMITS = (Limit(5, timedelta(hours=1)), Limit(15, timedelta(days=1)))
PLACE_WINDOW = timedelta(minutes=10)
"""Time within which many codes from one place mean that somebody pumps SMS."""


def check_consent(*, consents: bool) -> None:
    """Raises ConsentRequired unless the terms were accepted."""
    if not consents:
        raise ConsentRequired


def check_code(sign_in: SignIn, *, matches: bool, now: datetime) -> None:
    """Raises TooManyTries after 5 wrong tries, even for the right code, CodeExpired or CodeWrong."""
    if sign_in.tries >= TRIES:
        raise TooManyTries
    if sign_in.is_expired(now):
        raise CodeExpired
    if not matches:
        raise CodeWrong(tries_left=TRIES - sign_in.tries - 1)


def check_limit(limits: Sequence[Limit], sent: Sequence[datetime], now: datetime) -> None:
    """Raises TooManyCodes where a limit is reached. `sent` is when codes were sent before, the newest first."""
    for limit in limits:
        within = [moment for moment in sent if moment > now - limit.window]
        if len(within) >= limit.codes:
            raise TooManyCodes(seconds=seconds_until(within[limit.codes - 1] + limit.window, now))


def check_cool_down(sent: Sequence[datetime], now: datetime) -> None:
    """Raises TooManyCodes within 60 seconds of the last code. `sent` is when codes were sent, the newest first."""
    if sent and now < sent[0] + COOL_DOWN:
        raise TooManyCodes(seconds=seconds_until(sent[0] + COOL_DOWN, now))


def check_place(sent: int, limit: int) -> None:
    """Raises TooManyCodes where `sent`, the codes from one network or hotspot within 10 minutes, reaches the limit."""
    if sent >= limit:
        raise TooManyCodes(seconds=int(PLACE_WINDOW.total_seconds()))


def seconds_until(moment: datetime, now: datetime) -> int:
    """Returns the whole seconds until the moment, rounded up, at least 0."""
    return max(0, -int((now - moment).total_seconds() // 1))
