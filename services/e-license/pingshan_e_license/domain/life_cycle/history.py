"""Rules of what a licence was on a day, over all its versions, and what was known of it then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pingshan_e_license.domain.license import License, State, Transition, state_as_known


@dataclass(frozen=True)
class Version:
    """Holds one version of a licence with the decisions on it, by number."""

    license: License
    transitions: tuple[Transition, ...]

    def known_at(self, moment: datetime) -> tuple[Transition, ...]:
        return tuple(each for each in self.transitions if each.recorded_at <= moment)


@dataclass(frozen=True)
class AsOf:
    """Answers what a licence was at a moment, by what the exchange knew at another one."""

    at: datetime
    known_at: datetime
    version: License | None
    """The version that was in force; None where none was known yet."""
    state: State | None
    known: tuple[Version, ...]
    """The versions known then, the first one first, each with the decisions known then."""


def as_of(versions: Sequence[Version], *, at: datetime, day: date, known_at: datetime) -> AsOf:
    """Returns the version in force at `at`, an instant of `day`, and its state, by what was known at `known_at`.

    In force is the last version whose first decision had taken effect, else the first one.
    """
    by_number = sorted(versions, key=lambda each: each.license.version)
    known = tuple(Version(each.license, each.known_at(known_at)) for each in by_number if each.known_at(known_at))
    if not known:
        return AsOf(at, known_at, None, None, ())
    begun = [each for each in known if each.transitions[0].effective_at <= at]
    chosen = begun[-1] if begun else known[0]
    state = state_as_known(chosen.license.period, chosen.transitions, at=at, day=day, known_at=known_at)
    return AsOf(at, known_at, chosen.license, state, known)
