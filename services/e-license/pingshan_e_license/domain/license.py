"""Licences, their transitions, and their state on a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pingshan_values.errors import Violation
from pingshan_values.text import is_text

from pingshan_e_license.domain.catalogue import LicenseType
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
        return _state(self.standing, self.period, day)

    @property
    def is_revocable(self) -> bool:
        return self.standing is Standing.VALID

    def revoked(self) -> "License":
        """Returns the licence after its revocation (吊销), which is final. Raises AlreadyRevoked."""
        if not self.is_revocable:
            raise AlreadyRevoked
        return replace(self, standing=Standing.REVOKED, revision=self.revision + 1)


@dataclass(frozen=True)
class Transition:
    """Records one decision on a licence: from when it holds, and when the exchange learned of it."""

    number: int
    """From 1, without gaps."""
    standing: Standing
    effective_at: datetime
    recorded_at: datetime
    actor: str
    """Id of the actor who decided."""
    reason: str = field(default="", repr=False)
    legal_basis: str = ""


@dataclass(frozen=True)
class LicenseOfType:
    """Holds a licence beside its type."""

    license: License
    type: LicenseType

    @property
    def public_holder(self) -> Holder | None:
        """Returns the holder that everybody who verifies may see; None where the holder is a person."""
        holder = self.license.holder
        return None if holder.is_person else holder

    @property
    def public_attributes(self) -> dict[str, Any]:
        """Returns the attributes that everybody who verifies may see."""
        shown = self.type.public_fields
        return {name: value for name, value in self.license.attributes.items() if name in shown}


def check_grounds(reason: str, legal_basis: str) -> None:
    """Raises RequestInvalid unless a revocation has a reason (1 to 500 characters) and a legal basis (1 to 200)."""
    violations = []
    if not is_text(reason, _LONGEST_REASON):
        violations.append(
            Violation("reason", "请填写吊销原因，最多 500 字。", "Give the reason, in 1 to 500 characters.")
        )
    if not is_text(legal_basis, _LONGEST_BASIS):
        violations.append(
            Violation("legal_basis", "请填写法律依据，最多 200 字。", "Give the legal basis, in 1 to 200 characters.")
        )
    if violations:
        raise RequestInvalid(violations)


def state_as_known(
    period: Period, transitions: Sequence[Transition], *, at: datetime, day: date, known_at: datetime
) -> State | None:
    """Returns the state on `day` that the exchange knew at `known_at`, None before the issue.

    Ignores decisions recorded after `known_at`, and those that take effect after `at`, an instant of that day.
    """
    known = [each for each in transitions if each.recorded_at <= known_at]
    if not known:
        return None
    held = [each for each in known if each.effective_at <= at]
    standing = max(held, key=lambda each: each.number).standing if held else Standing.VALID
    return _state(standing, period, day)


def _state(standing: Standing, period: Period, day: date) -> State:
    if standing is Standing.REVOKED:
        return State.REVOKED
    if day < period.effective_on:
        return State.NOT_YET_VALID
    return State.VALID if period.contains(day) else State.EXPIRED
