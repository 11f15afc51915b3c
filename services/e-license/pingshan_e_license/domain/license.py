"""Licences, their transitions, and their state on a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pingshan_values.errors import Violation
from pingshan_values.text import ONE_LINE, SEVERAL_LINES, is_line, is_text

from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.credential import Credential
from pingshan_e_license.domain.errors import AlreadyRevoked, RequestInvalid
from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.domain.validity import Period

_LONGEST_REASON = 500
_LONGEST_BASIS = 200


class Standing(StrEnum):
    """Says what decisions have made of a licence, whatever its dates."""

    VALID = "valid"
    REVOKED = "revoked"


class State(StrEnum):
    """Says what a licence is on a given day."""

    VALID = "valid"
    REVOKED = "revoked"
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

    def state_on(self, day: date) -> State:
        return state_of(self.standing, self.period, day)

    @property
    def is_revocable(self) -> bool:
        return self.standing is Standing.VALID

    def revoked(self) -> "License":
        """Returns the licence after its revocation (吊销), which is final. Raises AlreadyRevoked."""
        if not self.is_revocable:
            raise AlreadyRevoked
        return replace(self, standing=Standing.REVOKED, revision=self.revision + 1)


@dataclass(frozen=True)
class Decision:
    """Says what a decision made of a licence: from when it holds, and when the exchange learned of it."""

    number: int
    """From 1, without gaps."""
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
    """Raises RequestInvalid unless a revocation has a reason (1 to 500 characters) and a legal basis.

    The legal basis is a line of 1 to 200 characters.
    """
    violations = []
    if not is_text(reason, _LONGEST_REASON):
        violations.append(
            Violation(
                "reason",
                f"请填写吊销原因，最多 500 字的{SEVERAL_LINES.zh}。",
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
    """Returns what a licence is on `day`: a revocation counts whatever the dates say."""
    if standing is Standing.REVOKED:
        return State.REVOKED
    if day < period.effective_on:
        return State.NOT_YET_VALID
    return State.VALID if period.contains(day) else State.EXPIRED
