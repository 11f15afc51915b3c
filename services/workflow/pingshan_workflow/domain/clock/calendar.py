"""Counts working days: Monday to Friday, except where the year's notice or an override says otherwise."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True)
class WorkingCalendar:
    """Knows which days are worked: `exceptions` decide before the weekday, `announced` are the years with a notice."""

    exceptions: Mapping[date, bool]
    announced: Container[int] = field(default_factory=frozenset)

    def is_working(self, day: date) -> bool:
        return self.exceptions.get(day, day.weekday() < _SATURDAY)

    def is_provisional(self, day: date) -> bool:
        """Returns True if no notice names the days of that year yet."""
        return day.year not in self.announced

    def nth_after(self, day: date, number: int) -> date:
        """Returns the `number`-th working day after `day`, `number` ≥ 1."""
        while number > 0:
            day += _DAY
            if self.is_working(day):
                number -= 1
        return day

    def count(self, after: date, until: date) -> int:
        """Returns the number of working days after `after`, up to and with `until`; 0 where `until` is not later."""
        days = (after + _DAY * number for number in range(1, (until - after).days + 1))
        return sum(1 for day in days if self.is_working(day))
