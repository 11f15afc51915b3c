"""Rules of the one-time code of a sign-in: which numbers get one, its form, tries and end, and how often it is sent."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from pingshan_values.budget import Budget
from pingshan_values.masked import mask_mobile, mask_mobile_range
from pingshan_values.mobile import to_e164

from pingshan_wifi_portal.domain.errors import (
    CodeExpired,
    CodeWrong,
    ConsentRequired,
    MobileNumberInvalid,
    TooManyCodes,
    TooManyTries,
)

TRIES = 5
LIFE = timedelta(minutes=5)
COOL_DOWN = timedelta(seconds=60)
UNAVAILABLE = "unavailable"
"""Failure of a code that alerts could not take: it counts against no limit."""
_DIGITS = 6
_CODE = re.compile(rf"[0-9]{{{_DIGITS}}}")


@dataclass(frozen=True, slots=True)
class SignIn:
    """Describes a code on its way to a phone; it belongs to device and controller, and without proof to a browser."""

    sign_in_id: UUID
    controller_id: str
    device_mac: str
    masked_mobile: str
    sent_at: datetime
    expires_at: datetime
    tries: int
    notification_id: str
    failure: str
    """The carrier's code where it refused, `UNAVAILABLE` where alerts was unreachable; else empty."""

    def is_expired(self, now: datetime) -> bool:
        return now >= self.expires_at


@dataclass(frozen=True, slots=True)
class Limit:
    """Allows at most `codes` within `window`."""

    codes: int
    window: timedelta


NUMBER_LIMITS = (Limit(5, timedelta(hours=1)), Limit(10, timedelta(days=1)))
DEVICE_LIMITS = (Limit(5, timedelta(hours=1)), Limit(15, timedelta(days=1)))
RANGE_BUDGET = Budget(30, timedelta(minutes=10))
"""Codes for numbers that differ in their last four digits only; who pumps messages owns a range."""
WHOLE_BUDGET = Budget(1_200, timedelta(minutes=1))
"""Codes of all hotspots together."""
_RANGE = 4
PLACE_WINDOW = timedelta(minutes=10)
"""Time within which many codes from one place mean that somebody pumps SMS."""


class Counted(StrEnum):
    """Lists what codes are counted by."""

    NUMBER = "number"
    DEVICE = "device"
    NETWORK = "network"
    """Codes for devices that no controller vouches for, by the network that asks."""
    HOTSPOT = "hotspot"
    """Codes for devices of a hotspot that its controller vouches for."""
    UNPROVEN_AT_HOTSPOT = "unproven-at-hotspot"
    """Codes for devices that are said to be at a hotspot, and that no controller vouches for."""
    RANGE = "range"
    ALL = "all"


def range_of(mobile: str) -> str:
    """Returns what the 10,000 numbers of a range share: the number (E.164) without its last four digits."""
    return mobile[:-_RANGE]


def seen_subject(counted: Counted, subject: str) -> str:
    """Returns what operators see of a number, its middle hidden, of a range of numbers, or of a place as it is."""
    if counted is Counted.NUMBER:
        return mask_mobile(subject)
    return mask_mobile_range(subject) if counted is Counted.RANGE else subject


def check_consent(*, consents: bool) -> None:
    """Raises ConsentRequired unless the terms were accepted."""
    if not consents:
        raise ConsentRequired


def accepted_mobile(typed: str) -> str:
    """Returns the number in E.164 form. Raises MobileNumberInvalid for all but mobile numbers of mainland China."""
    mobile = to_e164(typed)
    if mobile is None:
        raise MobileNumberInvalid
    return mobile


def new_code() -> str:
    """Returns a random code of six digits."""
    return f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"


def typed_code(typed: str) -> str | None:
    """Returns the six digits without spaces; None for anything else, which is no code."""
    digits = "".join(typed.split())
    return digits if _CODE.fullmatch(digits) else None


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
