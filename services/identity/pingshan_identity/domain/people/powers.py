"""Separated administrators (三权分立): no two of system, security and audit in one person, on any day.

GB/T 22239-2019 clauses 8.1.5.1 to 8.1.5.3 ask for the three roles; keeping them apart is what makes them worth having.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from pingshan_values.errors import Violation

from pingshan_identity.domain.errors import LastHolder, PowersJoined, RequestInvalid, TakesTwo

_FOR_EVER = date.max


@dataclass(frozen=True, slots=True)
class Holding:
    """Is a post that a person holds, by their own right or as a deputy."""

    post: str
    since: date
    until: date | None
    """Last day; None until further notice."""

    def is_held_on(self, day: date) -> bool:
        """Returns whether the post, with its roles, counts on that day; `store/people/persons.py: is_held` in SQL."""
        return self.since <= day and self.lasts(day)

    def meets(self, other: "Holding") -> bool:
        """Returns whether there is a day on which both posts are held."""
        return self.since <= (other.until or _FOR_EVER) and other.since <= (self.until or _FOR_EVER)

    def lasts(self, day: date) -> bool:
        """Returns whether the post is held on that day or any later one."""
        return self.until is None or self.until >= day


def refuse_joined_powers(holdings: Iterable[Holding], powers: Mapping[str, Collection[str]]) -> None:
    """Raises PowersJoined where two of the separated roles would meet in one person on any day.

    `powers`: for each post the separated roles that it gives.
    """
    mighty = [each for each in holdings if powers.get(each.post)]
    for number, one in enumerate(mighty):
        if len(set(powers[one.post])) > 1:
            raise PowersJoined
        for other in mighty[number + 1 :]:
            if set(powers[one.post]) != set(powers[other.post]) and one.meets(other):
                raise PowersJoined


@dataclass(frozen=True, slots=True)
class Duty:
    """Is a separated role that somebody in office holds today or later."""

    role: str
    person_id: str
    holding: Holding
    """The post that gives the role; it ends at the latest on the day before the person leaves."""


def refuse_alone(
    actor_id: str | None, person_id: str, holdings: Iterable[Holding], powers: Collection[str], *, today: date
) -> None:
    """Refuses what one administrator alone would do to themselves, or to somebody who holds power today or later.

    `powers`: posts under dual control.

    Raises:
        TakesTwo.
    """
    if actor_id == person_id or any(each.post in powers and each.lasts(today) for each in holdings):
        raise TakesTwo(person_id=person_id)


def refuse_leaver(leaves_on: date | None) -> None:
    """Refuses power for somebody whose leaving is planned: one administrator alone may have planned it, and would then
    have dismissed one who holds power.

    `leaves_on`: None where no leaving is planned.

    Raises:
        RequestInvalid.
    """
    if leaves_on is not None:
        zh, en = f"此人将于 {leaves_on} 离职，不能授予管理职责", f"They leave on {leaves_on}, and are given no power"
        raise RequestInvalid([Violation("person_id", zh, en)])


def first_vacant_day(holdings: Iterable[Holding], today: date) -> date | None:
    """Returns the first day from today on which none of the holdings counts; None where there is none."""
    day = today
    for each in sorted(holdings, key=lambda holding: holding.since):
        if each.since > day:
            break
        if each.until is None:
            return None
        if each.lasts(day):
            day = each.until + timedelta(days=1)
    return day


def vacant(duties: Collection[Duty], roles: Iterable[str], today: date) -> list[str]:
    """Returns the roles that nobody holds today, in alphabetical order."""
    return sorted(set(roles) - {each.role for each in duties if each.holding.is_held_on(today)})


def refuse_vacancy(before: Collection[Duty], after: Collection[Duty], roles: Iterable[str], today: date) -> None:
    """Refuses a change after which a duty would be without a holder, or would be so earlier than before.

    Raises:
        LastHolder.
    """
    for role in sorted(roles):
        was, would_be = (
            first_vacant_day([each.holding for each in duties if each.role == role], today)
            for duties in (before, after)
        )
        if would_be is not None and (was is None or would_be < was):
            raise LastHolder(duty=role)


def without(duties: Iterable[Duty], person_id: str, on: date) -> list[Duty]:
    """Returns the duties as they are when the person leaves on that day."""
    last = on - timedelta(days=1)
    return [
        each if each.person_id != person_id else _until(each, last)
        for each in duties
        if each.person_id != person_id or each.holding.since <= last
    ]


def _until(duty: Duty, last: date) -> Duty:
    held = duty.holding
    return Duty(duty.role, duty.person_id, Holding(held.post, held.since, min(held.until or last, last)))
