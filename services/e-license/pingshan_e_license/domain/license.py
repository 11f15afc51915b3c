"""Licences, the decisions on them, and their state on a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pingshan_values.errors import DomainError, Violation
from pingshan_values.text import ONE_LINE, SEVERAL_LINES, is_line, is_text

from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.credential import Credential
from pingshan_e_license.domain.errors import (
    AlreadyRevoked,
    LicenseFinal,
    LicenseSuperseded,
    LicenseSuspended,
    RequestInvalid,
    TransitionRefused,
)
from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.domain.validity import Period

_LONGEST_REASON = 500
_LONGEST_BASIS = 200
_FIRST_YEAR, _LAST_YEAR = 1900, 9998


class Standing(StrEnum):
    """Says what decisions have made of a licence, whatever its dates."""

    VALID = "valid"
    SUSPENDED = "suspended"
    """Withheld or seized for a time (暂扣)."""
    REVOKED = "revoked"
    """Taken away as a penalty (吊销)."""
    RESCINDED = "rescinded"
    """Undone, because it should never have been issued (撤销, 行政许可法 第六十九条)."""
    CANCELLED = "cancelled"
    """Given up by its holder (注销)."""
    LAPSED = "lapsed"
    """Declared void, for example because the holder is no more (失效)."""
    TRANSFERRED_OUT = "transferred_out"
    """Handed to the authority of another district (迁出)."""
    SUPERSEDED = "superseded"
    """Replaced by its next version."""


FINAL = frozenset({Standing.REVOKED, Standing.RESCINDED, Standing.CANCELLED, Standing.LAPSED, Standing.TRANSFERRED_OUT})
"""Standings that nothing follows but the restoration by a decision of reconsideration or court."""


class Act(StrEnum):
    """Names a decision on a licence."""

    ISSUE = "issued"
    SUSPEND = "suspended"
    RESUME = "resumed"
    REVOKE = "revoked"
    RESCIND = "rescinded"
    CANCEL = "cancelled"
    LAPSE = "lapsed"
    TRANSFER_OUT = "transferred_out"
    RENEW = "renewed"
    CHANGE = "changed"
    CORRECT = "corrected"
    RESTORE = "restored"


NEW_VERSION = frozenset({Act.RENEW, Act.CHANGE, Act.CORRECT, Act.RESTORE})
"""Acts that make the next version, and this one superseded."""

_IN_FORCE = frozenset({Standing.VALID, Standing.SUSPENDED})
_RULES: Mapping[Act, tuple[frozenset[Standing], Standing]] = {
    Act.SUSPEND: (frozenset({Standing.VALID}), Standing.SUSPENDED),
    Act.RESUME: (frozenset({Standing.SUSPENDED}), Standing.VALID),
    Act.REVOKE: (_IN_FORCE, Standing.REVOKED),
    Act.RESCIND: (_IN_FORCE, Standing.RESCINDED),
    Act.CANCEL: (_IN_FORCE, Standing.CANCELLED),
    Act.LAPSE: (_IN_FORCE, Standing.LAPSED),
    Act.TRANSFER_OUT: (_IN_FORCE, Standing.TRANSFERRED_OUT),
    Act.RENEW: (frozenset({Standing.VALID}), Standing.SUPERSEDED),
    Act.CHANGE: (frozenset({Standing.VALID}), Standing.SUPERSEDED),
    Act.CORRECT: (frozenset({Standing.VALID}), Standing.SUPERSEDED),
    Act.RESTORE: (FINAL, Standing.SUPERSEDED),
}
"""What an act needs, and what it makes of the licence that it is about."""


class State(StrEnum):
    """Says what a licence is on a given day: its standing, or, where that is valid, what its dates make of it."""

    VALID = "valid"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    RESCINDED = "rescinded"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"
    TRANSFERRED_OUT = "transferred_out"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"


@dataclass(frozen=True)
class License:
    license_id: UUID
    identifier: str
    """Identifier of GB/T 36904."""
    type: str
    agency: str
    serial_number: str
    version: int
    """1 to 999; renewals and changes raise it."""
    holder: Holder
    attributes: Mapping[str, Any] = field(repr=False)
    period: Period
    issued_at: datetime
    case_id: str
    credential: Credential = field(repr=False)
    standing: Standing = Standing.VALID
    revision: int = 1
    """Number of changes of this licence from 1; events carry it."""
    is_flagged: bool = False
    """Whether a licence on which this one stands was suspended or taken away."""

    def state_on(self, day: date) -> State:
        return state_of(self.standing, self.period, day)

    def allows(self, act: Act) -> bool:
        """Returns whether the act may follow on what decisions have made of this licence so far."""
        return act in _RULES and self.standing in _RULES[act][0]

    def after(self, act: Act) -> "License":
        """Returns the licence after the act; one of NEW_VERSION makes it superseded.

        Raises AlreadyRevoked for a second revocation, LicenseFinal for any other act but the restoration on a final
        one, LicenseSuperseded for any act on one that has a next version, LicenseSuspended for a new version of a
        suspended one, and TransitionRefused for the rest: the restoration of one that is not final among them.
        """
        if not self.allows(act):
            raise self._refusal(act)
        return replace(self, standing=_RULES[act][1], revision=self.revision + 1)

    def _refusal(self, act: Act) -> DomainError:
        if self.standing is Standing.SUPERSEDED:
            return LicenseSuperseded(version=self.version + 1)
        if self.standing is Standing.REVOKED and act is Act.REVOKE:
            return AlreadyRevoked()
        if self.standing in FINAL:
            return LicenseFinal()
        if self.standing is Standing.SUSPENDED and act in NEW_VERSION - {Act.RESTORE}:
            return LicenseSuspended()
        return TransitionRefused()


@dataclass(frozen=True)
class Decision:
    """Says what a decision made of a licence: from when it holds, and when the exchange learned of it."""

    number: int
    """From 1, without gaps; the licence's revision after it."""
    standing: Standing
    effective_at: datetime
    recorded_at: datetime


@dataclass(frozen=True)
class Transition(Decision):
    """Records one decision on a licence, with its grounds."""

    actor: str
    """Id of the actor who decided."""
    reason: str = field(default="", repr=False)
    legal_basis: str = ""
    decision_number: str = ""
    """Number of the decision of reconsideration or court by which a licence was restored (文号)."""
    act: Act = field(kw_only=True)


@dataclass(frozen=True)
class LicenseOfType:
    """Holds a licence beside its type."""

    license: License
    type: LicenseType
    is_masked: bool = False
    """Whether personal data of the licence are hidden here."""
    doubts: tuple[str, ...] = ()
    """Codes of the checks by which what is kept is not what was signed and decided; then nothing of it is confirmed."""


def check_grounds(reason: str, legal_basis: str) -> None:
    """Raises RequestInvalid unless a decision has a reason (1 to 500 characters) and a legal basis.

    The legal basis is a line of 1 to 200 characters.
    """
    violations = []
    if not is_text(reason, _LONGEST_REASON):
        violations.append(
            Violation(
                "reason",
                f"请填写原因，最多 500 字的{SEVERAL_LINES.zh}。",
                f"Give the reason, in 1 to 500 characters, {SEVERAL_LINES.en}.",
            )
        )
    if not is_line(legal_basis, _LONGEST_BASIS):
        violations.append(
            Violation(
                "legal_basis",
                f"请填写法律依据，最多 200 字的{ONE_LINE.zh}。",
                f"Give the legal basis, in 1 to 200 characters, {ONE_LINE.en}.",
            )
        )
    if violations:
        raise RequestInvalid(violations)


def check_moments(**moments: datetime | None) -> None:
    """Raises RequestInvalid for each moment, by its name, outside the years 1900 to 9998, which every zone has."""
    wrong = [name for name, moment in moments.items() if moment and not _FIRST_YEAR <= moment.year <= _LAST_YEAR]
    if wrong:
        zh, en = "时间须在 1900 年至 9998 年之间。", "The moment lies outside the years 1900 to 9998."
        raise RequestInvalid([Violation(name, zh, en) for name in wrong])


def check_effective_at(known: License, effective_at: datetime | None, now: datetime) -> None:
    """Raises RequestInvalid unless the moment lies between the licence's begin, or its issue, and now; None is now."""
    if effective_at is None:
        return
    check_moments(effective_at=effective_at)
    if effective_at > now:
        zh, en = "生效时间不能晚于现在。", "A decision cannot hold from a time to come."
    elif effective_at < min(known.period.begins_at, known.issued_at):
        zh, en = "生效时间早于这张证照本身。", "This is before the licence itself."
    else:
        return
    raise RequestInvalid([Violation("effective_at", zh, en)])


def state_as_known(
    period: Period, transitions: Sequence[Decision], *, at: datetime, day: date, known_at: datetime
) -> State | None:
    """Returns the state on `day` that the exchange knew at `known_at`, None before the issue.

    Ignores decisions recorded after `known_at`, and those that take effect after `at`, an instant of that day.
    """
    known = [each for each in transitions if each.recorded_at <= known_at]
    if not known:
        return None
    return state_of(standing_at(known, at), period, day)


def standing_at(decisions: Sequence[Decision], at: datetime) -> Standing:
    """Returns what the last decision that takes effect by `at` made of the licence; VALID where none does yet."""
    held = [each for each in decisions if each.effective_at <= at]
    return max(held, key=lambda each: each.number).standing if held else Standing.VALID


def state_of(standing: Standing, period: Period, day: date) -> State:
    """Returns what a licence is on `day`: a decision counts whatever the dates say."""
    if standing is not Standing.VALID:
        return State(standing.value)
    if day < period.effective_on:
        return State.NOT_YET_VALID
    return State.VALID if period.contains(day) else State.EXPIRED
