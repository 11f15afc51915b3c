"""Separated administrators (三权分立): no two of system, security and audit in one person, on any day.

GB/T 22239-2019 clauses 8.1.5.1 to 8.1.5.3 ask for the three roles; keeping them apart is what makes them worth having.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from pingshan_identity.domain.errors import PowersJoined

_FOR_EVER = date.max


@dataclass(frozen=True, slots=True)
class Holding:
    """Is a post that a person holds, by their own right or as a deputy."""

    post: str
    since: date
    until: date | None
    """Last day; None until further notice."""

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
