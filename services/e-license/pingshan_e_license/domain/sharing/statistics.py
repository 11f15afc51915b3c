"""Figures of sharing by agency and by item: what was answered, refused and over-asked."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

ANSWERED = "answered"
OVER_ASKED = "over_asked"


@dataclass(frozen=True, slots=True)
class Counted:
    """Is a number of requests with the same requester, item and outcome."""

    requester: str
    """Organisation; empty for people who act for holders."""
    item: str
    outcome: str
    requests: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Holds the figures of one agency or one item."""

    of: str
    answered: int
    refused: int
    """For another reason than over-asking."""
    over_asked: int

    @property
    def requests(self) -> int:
        return self.answered + self.refused + self.over_asked


@dataclass(frozen=True, slots=True)
class Statistics:
    first: date
    last: date
    by_requester: tuple[Figures, ...]
    """The most over-asking first, then the most requests."""
    by_item: tuple[Figures, ...]
    counted: tuple[Counted, ...]
    """Each outcome for itself: what a caller is metered by."""

    @property
    def total(self) -> Figures:
        return _figures("", self.counted)


def statistics_of(counted: Iterable[Counted], first: date, last: date) -> Statistics:
    rows = tuple(counted)
    return Statistics(
        first, last, _grouped(rows, lambda each: each.requester), _grouped(rows, lambda each: each.item), rows
    )


def _grouped(rows: Iterable[Counted], key: Callable[[Counted], str]) -> tuple[Figures, ...]:
    groups: dict[str, list[Counted]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    found = [_figures(of, group) for of, group in groups.items()]
    return tuple(sorted(found, key=lambda each: (-each.over_asked, -each.requests, each.of)))


def _figures(of: str, rows: Iterable[Counted]) -> Figures:
    answered = over_asked = refused = 0
    for row in rows:
        if row.outcome == ANSWERED:
            answered += row.requests
        elif row.outcome == OVER_ASKED:
            over_asked += row.requests
        else:
            refused += row.requests
    return Figures(of, answered, refused, over_asked)
