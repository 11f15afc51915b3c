"""Tests of a connection: which steps identity saw of a system, and what they say about its settings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from pingshan_values.text import shown

from pingshan_identity.domain.clients.client import AuthMethod, Client

OPEN_FOR = timedelta(minutes=15)
"""For how long after its beginning steps are written down for a test."""
MOST_STEPS = 200
_LONGEST_QUOTE = 500
_ON_TIME = 5
_TOLERABLE = 60
"""Most seconds of skew that is yellow, not red: libraries commonly allow a minute."""
_FROM_THE_PERSON = frozenset(
    {
        "access_denied",
        "consent_required",
        "interaction_required",
        "login_required",
        "unmet_authentication_requirements",
    }
)
"""OAuth errors that answer a request which was right."""


class Step(StrEnum):
    AUTHORIZE = "authorize"
    CODE = "code"
    TOKEN = "token"  # noqa: S105 - a step of the protocol
    USERINFO = "userinfo"
    SIGN_OUT = "sign-out"
    CLOCK = "clock"


class Fault(StrEnum):
    """Names a fault more precisely than an OAuth error could."""

    REDIRECT_URI = "redirect-uri"
    METHOD = "method"
    SECRET = "secret"  # noqa: S105 - a reason
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Seen:
    """Is one step of the protocol; it holds no code, no token and no secret."""

    step: Step
    at: datetime
    fault: str | None = None
    """A Fault, an OAuth error, or why a logout token was not confirmed; None where the step was right."""
    description: str | None = None
    expected: tuple[str, ...] = ()
    received: str | None = None
    skew: float | None = None
    """Seconds by which the system's clock is ahead of ours; negative where it is behind, None where it is unknown."""

    @property
    def is_right(self) -> bool:
        """Returns whether the step had no fault."""
        return self.fault is None


@dataclass(frozen=True, slots=True)
class ConnectionTest:
    test_id: UUID
    begun_at: datetime
    seen: tuple[Seen, ...]

    def is_open(self, now: datetime) -> bool:
        """Returns whether steps are still written down for the test: for 15 minutes after its beginning."""
        return now < self.begun_at + OPEN_FOR


class Colour(StrEnum):
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    GREY = "grey"


@dataclass(frozen=True, slots=True)
class Finding:
    step: Step
    colour: Colour
    seen: Seen | None
    """The newest step of its kind."""


def findings(seen: Sequence[Seen], *, logout_uri: str | None) -> tuple[Finding, ...]:
    """Returns one finding per step, in the order in which steps happen; the newest seen of each kind counts.

    `logout_uri`: where the system takes logout tokens now, None where it takes none; what was seen at another address
    counts no more.
    """
    newest = {each.step: each for each in seen}
    told = newest.get(Step.SIGN_OUT)
    if told is not None and told.received != logout_uri:
        newest = {step: each for step, each in newest.items() if step not in {Step.SIGN_OUT, Step.CLOCK}}
    can_sign_out = logout_uri is not None
    return tuple(
        Finding(step, _colour(step, newest.get(step), can_sign_out=can_sign_out), newest.get(step)) for step in Step
    )


def _colour(step: Step, seen: Seen | None, *, can_sign_out: bool) -> Colour:
    if seen is None:
        silent = step is Step.USERINFO or (step in {Step.SIGN_OUT, Step.CLOCK} and not can_sign_out)
        return Colour.GREY if silent else Colour.YELLOW
    if step is Step.CLOCK:
        return _clock_colour(seen.skew)
    return Colour.GREEN if seen.is_right else Colour.RED


def _clock_colour(skew: float | None) -> Colour:
    if skew is None:
        return Colour.GREY
    if abs(skew) <= _ON_TIME:
        return Colour.GREEN
    return Colour.YELLOW if abs(skew) <= _TOLERABLE else Colour.RED


def refused_at(error: str) -> Step:
    """Returns the step at which a request ended: CODE where the request was right and gave no code, else AUTHORIZE."""
    return Step.CODE if error in _FROM_THE_PERSON else Step.AUTHORIZE


def client_fault(client: Client, used: AuthMethod | None) -> Fault:
    """Returns why a client could not prove itself: it is switched off, used another method, or a wrong secret or key.

    `used`: the method of the request; None where the request shows none.
    """
    if client.disabled:
        return Fault.DISABLED
    return Fault.SECRET if used is client.auth_method else Fault.METHOD


def quoted(received: str | None) -> str | None:
    """Returns the first 500 characters of a request with `?` for what is no text of one line; None for None or ""."""
    return shown(received, _LONGEST_QUOTE) if received else None
