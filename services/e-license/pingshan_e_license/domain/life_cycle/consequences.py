"""Rules of what follows from a decision: which licences of the same holder lose the ground that they stand on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.license import Act, Standing, State, state_of
from pingshan_e_license.domain.validity import Period

TAKES_GROUND_AWAY = frozenset({Act.SUSPEND, Act.REVOKE, Act.RESCIND, Act.CANCEL, Act.LAPSE, Act.TRANSFER_OUT})
"""Acts after which what depends on the licence is flagged."""
GIVES_GROUND_BACK = frozenset({Act.RESUME, Act.RESTORE})
"""Acts after which the flags that this licence's decisions raised are lifted, and no others."""

_IN_USE = frozenset({State.VALID, State.SUSPENDED, State.NOT_YET_VALID})

Prerequisites = Mapping[str, Sequence[str]]
"""Codes of types issued here, each with those of the types issued here that must come first."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Holds what decides whether a licence of the same holder stands on another one, or another one on it."""

    license_id: UUID
    type: str
    standing: Standing
    period: Period

    def state_on(self, day: date) -> State:
        return state_of(self.standing, self.period, day)


@dataclass(frozen=True, slots=True)
class Flag:
    """Says that a licence lost the ground it stands on, and by which decision."""

    cause_id: UUID
    identifier: str
    """Identifier of the licence on which was decided."""
    type: LicenseType
    """Its type."""
    agency: str
    act: Act
    raised_at: datetime


def dependants(lost: UUID, held: Iterable[Beside], prerequisites: Prerequisites, day: date) -> tuple[UUID, ...]:
    """Returns which licences in use stand on `lost`, directly or through others, in the order of `held`.

    `held` are the licences of its holder. One that has another valid licence of the prerequisite's type does not.
    """
    in_use = [each for each in held if each.state_on(day) in _IN_USE]
    gone = {lost}
    while more := {
        each.license_id
        for each in in_use
        if each.license_id not in gone and _stands_on(each, gone, in_use, prerequisites, day)
    }:
        gone |= more
    return tuple(each.license_id for each in in_use if each.license_id in gone - {lost})


def related_types(type_code: str, prerequisites: Prerequisites) -> frozenset[str]:
    """Returns the type, those that depend on it through any number of steps, and what all of these depend on."""
    above = {type_code}
    while more := {code for code, first in prerequisites.items() if not above.isdisjoint(first)} - above:
        above |= more
    return frozenset(above.union(*(prerequisites.get(code, ()) for code in above)))


def _stands_on(one: Beside, gone: set[UUID], in_use: Sequence[Beside], prerequisites: Prerequisites, day: date) -> bool:
    """Returns True where one of its prerequisites was held, and only by what is gone."""
    for code in prerequisites.get(one.type, ()):
        of_type = [each for each in in_use if each.type == code]
        left = [each for each in of_type if each.license_id not in gone and each.state_on(day) is State.VALID]
        if not left and any(each.license_id in gone for each in of_type):
            return True
    return False
