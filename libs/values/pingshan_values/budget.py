"""How much of something may be spent in a time: so many at once, and then one after the other at an even pace.

The generic cell rate algorithm (ITU-T I.371): one moment says all there is to know about what was spent.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Budget:
    most: int
    """How many may be spent at once."""
    within: timedelta
    """Time in which what was spent comes back."""

    @property
    def pace(self) -> timedelta:
        """Returns the time after which one more comes back."""
        return self.within / self.most

    def floor(self, now: datetime) -> datetime:
        """Returns the moment that stands for nothing spent."""
        return now - (self.most - 1) * self.pace

    def after(self, free_at: datetime | None, now: datetime) -> datetime | None:
        """Returns from when on the next may be spent, after one is spent at `now`; None where none is left.

        `free_at`: from when on this one may be; None where nothing was ever spent.
        """
        if free_at is not None and free_at > now:
            return None
        floor = self.floor(now)
        return max(free_at or floor, floor) + self.pace
